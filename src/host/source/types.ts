/** What training code says about models, as far as reading it tells: nothing is run. Lines and columns count from 0. */

export interface SourceRange {
	startLine: number;
	startColumn: number;
	endLine: number;
	endColumn: number;
}

/** A layer made in the code: `layers.Conv2D(64, 3, activation="relu")`. */
export interface LayerSite {
	/** Keras class: `Conv2D`. */
	className: string;
	/** `name="stem"`; absent when it is not written or not a plain string. */
	name?: string;
	/** `name=f"block{i}_conv"` as a pattern over whole names. */
	namePattern?: string;
	/** The class name in the call, where a hover answers. */
	range: SourceRange;
	/** The whole call. */
	callRange: SourceRange;
	/** Plain literal arguments by parameter name; positional ones under the name that the class gives them, where known. */
	arguments: Record<string, string>;
	/** Inside a loop or a function that may run several times: one site, several layers. */
	repeats: boolean;
}

/** A model built in the code. */
export interface ModelSite {
	kind: "sequential" | "functional" | "subclass";
	/** Variable or class that holds it. */
	variable?: string;
	/** `name="digits"` */
	name?: string;
	range: SourceRange;
}

/** A model file named in the code. */
export interface FileSite {
	kind: "save" | "load";
	/** As written: `digits.keras`. Absent when it is no plain string. */
	path?: string;
	/** Variable that is saved, or that the loaded model goes to. */
	variable?: string;
	range: SourceRange;
}

export interface TrainingCode {
	layers: LayerSite[];
	models: ModelSite[];
	files: FileSite[];
}
