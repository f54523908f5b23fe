import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { decodeImage } from "../../../src/core/data/image/decode";
import { readNpy, writeNpy } from "../../../src/core/data/npy";
import { listNpz, readNpz, writeNpz } from "../../../src/core/data/npz";
import { encodePng } from "../../../src/core/render/png";
import { blank } from "../../../src/core/render/raster";
import { float32 } from "../../../src/shared/tensor";
import { VERSION } from "../../../src/shared/version";
import { projectRoot } from "../../support/environment";
import { buildProgram, runProgram } from "./program";

const COMMANDS = [
	"inspect",
	"predict",
	"methods",
	"metrics",
	"preflight",
	"run",
	"evaluate",
	"sheet",
	"export",
	"doctor",
];

const MODEL = path.join(projectRoot, "samples/digits/digits.keras");

describe("lamina, the command line", function () {
	this.timeout(60_000);
	let folder: string;
	let picture: string;

	before(() => {
		buildProgram();
		folder = mkdtempSync(path.join(tmpdir(), "lamina-cli-"));
		picture = path.join(folder, "line.png");
		const drawing = blank(28, 28, [0, 0, 0]);
		for (let y = 4; y < 24; y++) drawing.rgba.fill(255, (y * 28 + 13) * 4, (y * 28 + 16) * 4);
		writeFileSync(picture, encodePng(drawing));
	});
	after(() => rmSync(folder, { recursive: true }));

	const lamina = (args: string[], whenRunning?: (kill: (signal: NodeJS.Signals) => void) => void) =>
		runProgram(args, folder, whenRunning);

	const wasm = ["--engine", "wasm"];

	it("tells what it can do, quickly and without an engine", async () => {
		const started = performance.now();
		const { code, out } = await lamina(["--help"]);
		assert.equal(code, 0);
		for (const command of COMMANDS) assert.match(out, new RegExp(`^  ${command} `, "m"));
		assert.ok(performance.now() - started < 3000);
		assert.equal((await lamina(["--version"])).out.trim(), VERSION);
	});

	it("has help for every command", async () => {
		for (const command of COMMANDS) {
			const { code, out, err } = await lamina([command, "--help"]);
			assert.deepEqual([code, err], [0, ""], command);
			assert.match(out, /Usage: lamina/);
			assert.equal((await lamina(["help", command])).out, out);
		}
	});

	it("inspect: layers, shapes, parameters, statistics", async () => {
		const { code, out } = await lamina(["inspect", MODEL, "--json"]);
		assert.equal(code, 0);
		const model = JSON.parse(out);
		assert.equal(
			model.layers.reduce((sum: number, layer: { parameters: number }) => sum + layer.parameters, 0),
			model.parameters,
		);
		const convolution = model.layers.find((layer: { type: string }) => layer.type === "Conv2D");
		assert.ok(convolution.statistics.weights[0].statistics.std > 0);
		assert.equal(model.labels.length, 10);
		assert.match((await lamina(["inspect", MODEL])).out, /Conv2D/);
	});

	it("predict: a picture, with the labels and the preprocessing that lie beside the model", async () => {
		const { code, out } = await lamina(["predict", MODEL, "--input", picture, "--json", "--top", "3", ...wasm]);
		assert.equal(code, 0, out);
		const { outputs, preprocess } = JSON.parse(out);
		assert.equal(outputs[0].top[0].length, 3);
		assert.equal(outputs[0].top[0][0].label, "1", "a vertical stroke is a one");
		assert.deepEqual(preprocess.size, [28, 28]);
	});

	it("predict: several files are a batch, and --out holds every output whole", async () => {
		const { code, out, err } = await lamina([
			"predict",
			"--input",
			picture,
			picture,
			MODEL,
			"--out",
			"outputs.npz",
			...wasm,
		]);
		assert.equal(code, 0, err);
		assert.match(out, /line\.png/);
		const file = readFileSync(path.join(folder, "outputs.npz"));
		const names = listNpz(file, "outputs.npz");
		assert.equal(names.at(-1), "provenance");
		assert.deepEqual(readNpz(file, "outputs.npz", [names[0]!]).get(names[0]!)!.shape, [2, 10]);
	});

	it("methods: the registry", async () => {
		const { out } = await lamina(["methods", "--json"]);
		const ids = JSON.parse(out).map((method: { id: string }) => method.id);
		for (const id of ["saliency", "integrated-gradients", "grad-cam", "occlusion", "lrp"])
			assert.ok(ids.includes(id), id);
		assert.match((await lamina(["methods"])).out, /n_steps=50/);
	});

	it("run: the same map in every kind of file", async () => {
		const run = (out: string) =>
			lamina(["run", "gradient-x-input", MODEL, "--input", picture, "--out", out, "--json", ...wasm]);
		for (const out of ["map.npy", "map.npz", "map.json", "map.png"]) {
			const { code, err } = await run(out);
			assert.equal(code, 0, err);
		}
		const read = (name: string) => readFileSync(path.join(folder, name));
		const { shape, data } = readNpy(read("map.npy"), "map.npy");
		assert.deepEqual(shape, [1, 28, 28, 1]);
		const archive = read("map.npz");
		const [name] = listNpz(archive, "map.npz");
		assert.deepEqual(readNpz(archive, "map.npz", [name!]).get(name!)!.data, data);
		const json = JSON.parse(read("map.json").toString());
		assert.deepEqual([json.maps[0].at, json.maps[0].shape], [name, shape]);
		// JSON writes -0 as 0.
		assert.ok(json.maps[0].data.every((value: number, i: number) => Math.fround(value) === data[i]));
		assert.equal(json.provenance.method, "gradient-x-input");
		assert.match(json.provenance.unit, /\[1\]$/);
		assert.equal(json.provenance.preprocess.channels, "gray");
		const figure = await decodeImage(read("map.png"), "map.png");
		assert.ok(figure.width > 300 && figure.height > 100);
	});

	it("run: unit, layer, parameters and seed as they are told", async () => {
		const args = [
			"run",
			"integrated-gradients",
			MODEL,
			"--input",
			picture,
			"--param",
			"n_steps=20",
			"--param",
			"method=riemann_middle",
			"--json",
			...wasm,
		];
		const { code, out, err } = await lamina([...args, "--out", "ig.npz"]);
		assert.equal(code, 0, err);
		const { provenance } = JSON.parse(out);
		assert.deepEqual([provenance.parameters.n_steps, provenance.parameters.method], [20, "riemann_middle"]);
		assert.ok(Math.abs(provenance.completeness.gap) < 0.2);
	});

	it("run: references are read as inputs are, several as a set", async () => {
		const args = ["run", "deep-shap", MODEL, "--input", picture, "--out", "shap.npy", "--json", ...wasm];
		const other = path.join(folder, "other.png");
		const drawing = blank(28, 28, [0, 0, 0]);
		for (let x = 4; x < 24; x++) drawing.rgba.fill(255, (10 * 28 + x) * 4, (10 * 28 + x + 1) * 4);
		writeFileSync(other, encodePng(drawing));
		const { code, out, err } = await lamina([...args, "--baseline", other, picture]);
		assert.equal(code, 0, err);
		const { provenance } = JSON.parse(out);
		assert.equal(provenance.baseline, "other.png, line.png");
		assert.ok(Math.abs(provenance.completeness.gap) < 1e-3, `gap ${provenance.completeness.gap}`);
		// The picture itself is one of the two references, so that half of the difference is left.
		const alone = JSON.parse((await lamina([...args, "--baseline", other])).out).provenance.completeness;
		assert.ok(Math.abs(alone.expected - 2 * provenance.completeness.expected) < 1e-3 * Math.abs(alone.expected));
		const wrong = await lamina(["run", "saliency", ...args.slice(2), "--baseline", other]);
		assert.equal(wrong.code, 2);
		assert.match(wrong.err, /saliency compares with no reference/);
	});

	it("run: masks number the features of an input or of a layer, from .npy or .npz", async () => {
		const halves = Int32Array.from({ length: 784 }, (_, at) => (at % 28 < 14 ? 3 : 8));
		writeFileSync(path.join(folder, "halves.npy"), writeNpy({ dtype: "int32", shape: [28, 28], data: halves }));
		const args = ["run", "feature-ablation", MODEL, "--input", picture, ...wasm];
		const whole = await lamina([...args, "--masks", "halves.npy", "--out", "halves.json", "--json"]);
		assert.equal(whole.code, 0, whole.err);
		assert.equal(JSON.parse(whole.out).provenance.masks, "halves.npy");
		const { maps } = JSON.parse(readFileSync(path.join(folder, "halves.json"), "utf8"));
		assert.equal(new Set(maps[0].data.slice(0, 14)).size, 1);
		assert.equal(new Set(maps[0].data).size, 2);
		const { layers } = JSON.parse((await lamina(["inspect", MODEL, "--json"])).out);
		const { name, shapes } = layers.find((layer: { type: string }) => layer.type === "Conv2D");
		const shape = shapes[0];
		const channels = Int32Array.from({ length: shape.at(-1) }, (_, channel) => channel % 2);
		const mask = { dtype: "int32" as const, shape: [shape.at(-1)], data: channels };
		writeFileSync(path.join(folder, "channels.npz"), writeNpz({ [name]: mask }));
		const layer = await lamina([...args, "--at", name, "--masks", "channels.npz", "--out", "layer.json"]);
		assert.equal(layer.code, 0, layer.err);
		const atLayer = JSON.parse(readFileSync(path.join(folder, "layer.json"), "utf8")).maps[0];
		assert.deepEqual([atLayer.at, new Set(atLayer.data).size], [name, 2]);
		for (const [call, message] of [
			[["run", "saliency", ...args.slice(2), "--masks", "halves.npy"], /saliency knows no features/],
			[[...args, "--masks", "absent.npy"], /mask does not exist/],
			[[...args, "--masks", "channels.npz"], /but the input has \[1, 28, 28, 1\]/],
			[[...args, "--masks", picture], /neither a NumPy array nor an archive/],
		] as const) {
			const { code, err } = await lamina([...call, "--out", "x.json"]);
			assert.ok(code === 2 || code === 3, err);
			assert.match(err, message);
		}
	});

	it("run: a composite of one's own is read from a file, and its errors point into it", async () => {
		const args = ["run", "lrp", MODEL, "--input", picture, "--out", "lrp.npy", "--json", ...wasm];
		const composite = '{"rules": [{"kind": "dense", "rule": "Epsilon", "epsilon": 0.5}]}';
		writeFileSync(path.join(folder, "composite.json"), composite);
		const { code, out, err } = await lamina([...args, "--param", "composite=@composite.json"]);
		assert.equal(code, 0, err);
		assert.equal(JSON.parse(out).provenance.parameters.composite, composite);
		writeFileSync(path.join(folder, "broken.json"), '{"rules": [{"kind": "dens", "rule": "Z"}]}');
		const broken = await lamina([...args, "--param", "composite=@broken.json"]);
		assert.equal(broken.code, 2);
		assert.match(broken.err, /is one of .*line 1, column 21/);
		const absent = await lamina([...args, "--param", "composite=@absent.json"]);
		assert.equal(absent.code, 2);
		assert.match(absent.err, /absent\.json cannot be read/);
	});

	it("run: filters need neither input nor unit", async () => {
		const { layers } = JSON.parse((await lamina(["inspect", MODEL, "--json"])).out);
		const { name } = layers.find((layer: { type: string }) => layer.type === "Conv2D");
		const { code, err } = await lamina(["run", "filters", MODEL, "--at", name, "--out", "filters.png", ...wasm]);
		assert.equal(code, 0, err);
		assert.ok(existsSync(path.join(folder, "filters.png")));
	});

	it("doctor: which engines start", async () => {
		const { code, out } = await lamina(["doctor", "--json"]);
		assert.equal(code, 0);
		const { engines, version } = JSON.parse(out);
		assert.equal(version, VERSION);
		assert.deepEqual(
			engines.map(({ id }: { id: string }) => id),
			["session", "wasm", "cpu"],
		);
		assert.ok(engines.find(({ id }: { id: string }) => id === "cpu").title);
	});

	it("ends with 2, one line and a hint where the call is wrong", async () => {
		writeFileSync(path.join(folder, "wrong.npy"), writeNpy(float32([3, 3], new Float32Array(9))));
		const calls: [string[], RegExp, RegExp][] = [
			[["pedict"], /no command "pedict"/, /Did you mean "predict"/],
			[
				["run", "salency", MODEL, "--input", picture, "--out", "x.npy"],
				/no method "salency"/,
				/Did you mean "saliency"/,
			],
			[["run", "saliency", MODEL, "--input", picture, "--out", "x.gif"], /\.npy, \.npz, \.png or \.json/, /^/],
			[["run", "saliency", MODEL, "--out", "x.npy"], /--input FILE is missing/, /^/],
			[
				["run", "saliency", MODEL, "--input", picture, "--out", "x.npy", "--unit", "nothing[0]", ...wasm],
				/nothing/,
				/hint/,
			],
			[
				["run", "saliency", MODEL, "--input", picture, "--out", "x.npy", "--param", "abs=perhaps", ...wasm],
				/"perhaps"/,
				/hint/,
			],
			[
				["predict", MODEL, "--input", "wrong.npy", ...wasm],
				/shape \[3, 3\], the input .* takes \[N, 28, 28, 1\]/,
				/batch/,
			],
			[
				["predict", MODEL, "--input", picture, "--preprocess", "untit", ...wasm],
				/no preprocessing preset "untit"/,
				/Did you mean "unit"/,
			],
		];
		for (const [args, message, hint] of calls) {
			const { code, out, err } = await lamina(args);
			assert.deepEqual([code, out], [2, ""], `${args.join(" ")}: ${err}`);
			assert.match(err, message);
			assert.match(err, hint);
			// The address itself, and a caret below it, may stand between the line and the hint.
			assert.ok(err.trimEnd().split("\n").length <= (err.includes("^") ? 4 : 2), err);
		}
	});

	it("ends with 3 where a file cannot be read", async () => {
		writeFileSync(path.join(folder, "damaged.keras"), readFileSync(MODEL).subarray(0, 5000));
		writeFileSync(path.join(folder, "damaged.png"), readFileSync(picture).subarray(0, 60));
		for (const args of [
			["inspect", "absent.h5"],
			["inspect", "damaged.keras"],
			["predict", MODEL, "--input", "damaged.png", ...wasm],
			["predict", MODEL, "--input", "absent.png", ...wasm],
		]) {
			const { code, err } = await lamina(args);
			assert.equal(code, 3, `${args.join(" ")}: ${err}`);
			assert.match(err, /^lamina: /);
		}
	});

	it("tells every error in one line and a hint, and points at the character of an address", async () => {
		const args = ["run", "saliency", MODEL, "--input", picture, "--unit", "dense[2", "--out", "x.npy", ...wasm];
		const { code, err } = await lamina(args);
		assert.equal(code, 2);
		assert.match(err, /^lamina: [^\n]+at character 8\n {2}dense\[2\n {9}\^\n {2}hint: [^\n]+\n$/);
	});

	it("ends with 4 where something is not supported, and says what", async () => {
		writeFileSync(path.join(folder, "picture.tif"), "II*\0 and so on");
		const { code, err } = await lamina(["predict", MODEL, "--input", "picture.tif", ...wasm]);
		assert.equal(code, 4, err);
		assert.match(err, /TIFF/);
	});

	it("ends with 5 where the result cannot be written, before anything is computed", async () => {
		for (const [out, reason] of [
			["no/such/folder/x.npy", /there is no folder no\/such\/folder/],
			["folder.npy", /a folder has this name/],
		] as const) {
			mkdirSync(path.join(folder, "folder.npy"), { recursive: true });
			const long = ["--param", "nt_samples=10000"];
			const started = performance.now();
			const { code, err } = await lamina([
				"run",
				"smoothgrad",
				MODEL,
				"--input",
				picture,
				"--out",
				out,
				...long,
				...wasm,
			]);
			assert.equal(code, 5, err);
			assert.match(err, reason);
			assert.ok(performance.now() - started < 10_000);
		}
	});

	it("takes the preprocessing from a file too", async () => {
		writeFileSync(path.join(folder, "how.json"), '{"preset": "unit", "fit": "crop"}');
		const args = ["predict", MODEL, "--input", picture, "--json", ...wasm];
		const { code, out, err } = await lamina([...args, "--preprocess", "how.json"]);
		assert.equal(code, 0, err);
		assert.equal(JSON.parse(out).preprocess.fit, "crop");
		const absent = await lamina([...args, "--preprocess", "absent.json"]);
		assert.equal(absent.code, 3);
	});

	it("gives the error as JSON to the program that asked for JSON", async () => {
		const { code, out, err } = await lamina(["inspect", "absent.h5", "--json"]);
		assert.equal(code, 3);
		const { error } = JSON.parse(out);
		assert.deepEqual(Object.keys(error), ["code", "message", "where", "hint"]);
		assert.equal(error.code, "unreadable");
		assert.deepEqual(JSON.parse(err), JSON.parse(out));
	});

	it("stops at once when it is interrupted, with 130, and leaves no half file behind", async () => {
		const args = [
			"run",
			"smoothgrad",
			MODEL,
			"--input",
			picture,
			"--param",
			"nt_samples=10000",
			"--out",
			"never.npy",
			...wasm,
		];
		const started = performance.now();
		const { code, err } = await lamina(args, (kill) => setTimeout(() => kill("SIGINT"), 2500));
		assert.equal(code, 130, err);
		assert.match(err, /cancelled/);
		assert.ok(performance.now() - started < 10_000);
		assert.ok(!existsSync(path.join(folder, "never.npy")));
	});

	it("run: what an edit of the input does to units, and the edited input as a picture", async () => {
		const mask = path.join(folder, "upper.png");
		const white = blank(28, 28, [0, 0, 0]);
		white.rgba.fill(255, 0, 28 * 14 * 4);
		writeFileSync(mask, encodePng(white));
		const out = path.join(folder, "erased.npy");
		const args = ["run", "erase", MODEL, "--input", picture, "--param", "mask=upper.png", "--param", "top=3", ...wasm];
		const told = await lamina([...args, "--out", out]);
		assert.equal(told.code, 0, told.err);
		assert.match(told.out, /unit +before +after +change/);
		const { data } = readNpy(readFileSync(out), out);
		assert.ok(
			Array.from(data as ArrayLike<number>)
				.slice(0, 28 * 14)
				.every((value) => value === 0),
		);
		const { provenance } = JSON.parse((await lamina([...args, "--out", out, "--json"])).out);
		assert.ok(provenance.changes.length >= 3);
		for (const { before, after } of provenance.changes) assert.deepEqual([before.length, after.length], [1, 1]);
		const png = path.join(folder, "erased.png");
		assert.equal((await lamina([...args, "--out", png])).code, 0);
		const drawn = await decodeImage(readFileSync(png), png);
		assert.ok(drawn.width > drawn.height, "the input and the edited input side by side");
	});
});
