/**
 * Unit addresses: one written form for the editor, the command line, files and links.
 * The grammar is in docs/unit-addresses.md; the parser is in ./unit-parser.
 */

/** Where in the model: the output of a layer (or what it is before its activation). */
export interface Place {
	/** Layer path as the file names it, nested models joined with `/`: `block4/conv2`. */
	layer: string;
	/** Call of a shared layer, 0 the first: `dense#1`. */
	call?: number;
	/** `^pre`: before the layer's fused activation (for a softmax classifier: the logit); `^post`: after it. */
	stage?: "pre" | "post";
}

export type Reduction = "sum" | "mean" | "max";

/** One unit: `conv2d_3[17]@4,9`, `predictions[tabby]`, `conv2d_3[17]:max`, `conv2d_3`. */
export interface Unit {
	place: Place;
	/** Channel, neuron or class: an index, or a class label as written. Absent: all of the layer. */
	channel?: number | string;
	/** Position without batch and channel, in the order of the file's axes: `@4,9` is row 4, column 9. */
	position?: number[];
	/** Position of the key of an attention weight, behind that of its query: `attn/head3@5>2`. */
	key?: number[];
	/** How the positions that remain are joined to one number; `sum` where nothing is written. */
	reduction?: Reduction;
}

/** What is explained: a unit, or the difference of two ("why a tusker and not an African elephant"). */
export interface UnitAddress {
	unit: Unit;
	/** `predictions[a] - predictions[b]` */
	minus?: Unit;
}
