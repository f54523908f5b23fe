import type { Method } from "../../src/core/methods/method";
import { LEFT_OUT, type Scores } from "./scores";

export interface Row {
	readonly method: Method;
	/** Of marked stars, their mark being the truth. */
	readonly mark: Scores;
	/** Relevance mass of the same for star minus triangle. */
	readonly against: number;
	/** Of the other shapes, the shape being the truth. */
	readonly shape: Scores;
}

/** What a map scores that knows nothing: the share of the picture that the truth takes. */
export interface Chance {
	readonly mark: number;
	readonly shape: number;
}

export function groundTruthPage(rows: readonly Row[], chance: Chance, engine: string): string {
	const dividing = rows.filter(({ method }) => method.promisesCompleteness);
	const seen = dividing.filter(({ mark }) => mark["relevance-mass"] > 0.5);
	const seenAgainst = dividing.filter(({ mark, against }) => mark["relevance-mass"] <= 0.5 && against > 0.5);
	return `${[
		"<!-- Written by `npm run docs:ground-truth`. -->",
		"# Methods against the truth",
		"",
		`The [samples](../samples/README.md) hold pictures of which the truth is known. Every method with the defaults of its registry entry, up to 16 held-out pictures of a class that the model gets right; ${engine}. Means over the pictures, seed 0; a share that is not defined counts as 0.`,
		"",
		"## Does it show that the model cheats?",
		"",
		`Of the stars that the model was trained on 99 % carry a small mark, and without it the model recognises one star in twenty. The mark covers ${percent(chance.mark)} of the picture. How much of the relevance for *star* lies on it?`,
		"",
		"Methods that divide the unit's value among the elements of the picture (they promise completeness) answer with *the share of all relevance*, both signs summed (Quantus' relevance mass accuracy): what the mark adds, over what the whole picture adds. It may pass 100 % where the rest of the picture speaks against the class. Of other methods the sum means nothing; theirs is the share of the positive relevance alone, in which noise all over the picture counts too.",
		"",
		table(
			[
				"method",
				"of all relevance",
				"the same, star - triangle",
				"of the positive alone",
				"strongest place on the mark",
			],
			sorted(rows, ({ method, mark }) =>
				method.promisesCompleteness ? 1 + mark["relevance-mass"] : mark["attribution-localisation"],
			).map(({ method, mark, against }) => [
				link(method),
				method.promisesCompleteness ? percent(mark["relevance-mass"]) : "",
				method.promisesCompleteness ? percent(against) : "",
				percent(mark["attribution-localisation"]),
				percent(mark["pointing-game"]),
			]),
		),
		"",
		`Above 50 % of all relevance: ${names(seen)}. For star - triangle, which leaves out what both classes have in common, also ${names(seenAgainst)}. \`test/unit/methods/watermark.test.ts\` holds the quick ones to it, and to less than a tenth at the same place of pictures that have no mark.`,
		"",
		"Why the others stay below: class activation maps have 16 x 16 cells, each of which sees far more than the mark; the flat rule of LRP's default composite spreads relevance evenly over what the first kernels see; SmoothGrad's noise of 15 % of the range hides a mark of a few pixels, and squares and variances of gradients show where the model is steep, not what it used; RISE, LIME and KernelSHAP ask a few samples of a fine grid, and their maps are mostly noise at the defaults of their tools; Shapley sampling gives all pixels of a cell of 8 x 8 the same share, whatever of the cell the mark covers. DeconvNet and guided backpropagation follow edges, whatever the class.",
		"",
		"## Does it find the shape?",
		"",
		`Circles, squares and triangles without a mark: their units have nothing but the shape to look at, which covers ${percent(chance.shape)} of the picture on average. Corners and edges decide, so that no faithful map fills the shape: this tells how far a map can be read as "where", not how true it is.`,
		"",
		table(
			["method", "relevance mass (positive)", "rank accuracy", "pointing game"],
			sorted(rows, ({ shape }) => shape["attribution-localisation"]).map(({ method, shape }) => [
				link(method),
				percent(shape["attribution-localisation"]),
				percent(shape["relevance-rank"]),
				percent(shape["pointing-game"]),
			]),
		),
		"",
		`Left out: ${[...LEFT_OUT].map(([id, reason]) => `\`${id}\` ${reason}`).join("; ")}; methods that explain a layer, and those that are no attribution.`,
	].join("\n")}\n`;
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

const link = ({ id, title }: Method): string => `[${title}](methods.md#${id})`;

const names = (rows: readonly Row[]): string => rows.map(({ method }) => method.title).join(", ") || "none";

const sorted = (rows: readonly Row[], by: (row: Row) => number): Row[] => [...rows].sort((a, b) => by(b) - by(a));

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	return [line(heads), line(heads.map((_, at) => (at === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}
