import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseLabels, readLabels, readSidecar } from "../../../src/core/data/labels";
import { needTestdata } from "../../support/testdata";

describe("labels", () => {
	it("are read in every usual form", () => {
		const expected = ["tench", "goldfish", "shark"];
		const forms = [
			"tench\ngoldfish\r\nshark\n",
			"n01440764 tench\nn01443537 goldfish\nn01484850 shark",
			"0: tench\n1: goldfish\n2: shark\n",
			'["tench", "goldfish", "shark"]',
			'{"0": "tench", "2": "shark", "1": "goldfish"}',
			'{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"], "2": ["n01484850", "shark"]}',
			'{"goldfish": 1, "shark": 2, "tench": 0}',
			'{"labels": ["tench", "goldfish", "shark"]}',
			"\uFEFFtench\ngoldfish\nshark",
		];
		for (const form of forms) assert.deepEqual(parseLabels(form, "labels"), expected, form);
	});

	it("keep numbers as labels: digits are labelled by digits", () => {
		assert.deepEqual(parseLabels("0\n1\n2", "labels"), ["0", "1", "2"]);
	});

	it("are refused when they are something else", () => {
		for (const [text, message] of [
			["", /empty/],
			["[1, {}]", /a text is expected/],
			['{"a": {}}', /neither a list/],
			['["a"', /not JSON/],
			['{"9999999": "x"}', /indices up to/],
		] as const) {
			assert.throws(() => parseLabels(text, "labels"), message, text);
		}
	});

	it("of ImageNet and CIFAR-10 are read from others' files", async function () {
		const folder = needTestdata(this, "models", "labels");
		for (const name of [
			"synset.txt",
			"imagenet_label_mapping",
			"imagenet_labels_winml.json",
			"derived/darknet_imagenet_labels.json",
		]) {
			const labels = await readLabels(path.join(folder, name));
			assert.equal(labels.length, 1000, name);
			if (!name.startsWith("derived")) assert.match(labels[0]!, /^tench/);
		}
		assert.equal((await readLabels(path.join(folder, "derived/cifar10_labels.json")))[3], "cat");
	});
});

describe("what lies beside a model", () => {
	let folder: string;
	const put = (name: string, content: string) => writeFileSync(path.join(folder, name), content);

	beforeEach(() => {
		folder = mkdtempSync(path.join(tmpdir(), "lamina-sidecar-"));
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	it("is nothing where there is nothing", async () => {
		assert.deepEqual(await readSidecar(path.join(folder, "net.h5")), { notices: [] });
	});

	it("is told by the sidecar file: labels, preprocessing, source", async () => {
		mkdirSync(path.join(folder, "code"));
		put("net.lamina.json", '{"labels": "mine.txt", "preprocess": {"preset": "unit"}, "source": "code/train.py"}');
		put("mine.txt", "a\nb");
		put("labels.txt", "wrong");
		const sidecar = await readSidecar(path.join(folder, "net.keras"));
		assert.deepEqual(sidecar, {
			labels: ["a", "b"],
			labelsFile: path.join(folder, "mine.txt"),
			preprocess: { scale: 1 / 255 },
			source: path.join(folder, "code/train.py"),
			notices: [],
		});
	});

	it("prefers the labels of this model to those of the folder", async () => {
		put("labels.txt", "folder");
		assert.deepEqual((await readSidecar(path.join(folder, "net.h5"))).labels, ["folder"]);
		put("net.labels.json", '["model"]');
		assert.deepEqual((await readSidecar(path.join(folder, "net.h5"))).labels, ["model"]);
	});

	it("is reported, not thrown, when it is damaged", async () => {
		put("net.lamina.json", '{"preprocess": {"sise": 1}, "labels": "absent.txt"}');
		const { notices, labels } = await readSidecar(path.join(folder, "net.h5"));
		assert.equal(labels, undefined);
		assert.match(notices.join("\n"), /no member "sise"/);
		assert.match(notices.join("\n"), /absent\.txt is not there/);
	});
});
