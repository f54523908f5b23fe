import assert from "node:assert/strict";
import { assembleInputs, fitArray, readInputs } from "../../../src/core/data/inputs";
import { writeNpy } from "../../../src/core/data/npy";
import { writeNpz } from "../../../src/core/data/npz";
import { LaminaError } from "../../../src/shared/errors";
import type { DType } from "../../../src/shared/tensor";
import { float32 } from "../../../src/shared/tensor";
import { fixture } from "./fixtures";

const port = (name: string, shape: (number | null)[], dtype: DType = "float32") => ({ name, shape, dtype });
const npy = (shape: number[], name = "x.npy") => ({
	name,
	bytes: writeNpy(float32(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5))),
});
const images = fixture<{ cases: Record<string, { file: string }> }>("images.json");
const picture = (name = "png colour") => ({
	name: `${name}.png`,
	bytes: new Uint8Array(Buffer.from(images.cases[name]!.file, "base64")),
});

async function refused(promise: Promise<unknown>): Promise<LaminaError> {
	return promise.then(
		() => assert.fail("it was accepted"),
		(error) => (error instanceof LaminaError ? error : assert.fail(`not a LaminaError: ${error}`)),
	);
}

describe("inputs of a model", () => {
	it("take arrays as they are, and add a batch axis that is missing", async () => {
		const input = port("x", [null, 4, 4, 1]);
		for (const shape of [
			[1, 4, 4, 1],
			[4, 4, 1],
		]) {
			const { tensors } = await assembleInputs([npy(shape)], [input], {});
			assert.deepEqual(tensors.x!.shape, [1, 4, 4, 1]);
			assert.equal(tensors.x!.data[0], 0.5);
		}
		assert.deepEqual((await assembleInputs([npy([3, 4, 4, 1])], [input], {})).names, [
			"x.npy[0]",
			"x.npy[1]",
			"x.npy[2]",
		]);
	});

	it("tell both shapes where an array does not fit", async () => {
		const error = await refused(assembleInputs([npy([5, 5, 1])], [port("x", [null, 4, 4, 1])], {}));
		assert.match(error.message, /shape \[5, 5, 1\], the input "x" takes \[N, 4, 4, 1\]/);
	});

	it("match arrays of an archive by name", async () => {
		const archive = {
			name: "a.npz",
			bytes: writeNpz({ second: float32([1, 3], [1, 2, 3]), first: float32([1, 3], [4, 5, 6]) }),
		};
		const { tensors } = await assembleInputs([archive], [port("first", [null, 3]), port("second", [null, 3])], {});
		assert.deepEqual([...tensors.first!.data], [4, 5, 6]);
		assert.deepEqual([...tensors.second!.data], [1, 2, 3]);
	});

	it("take the only array of an archive that fits, and say so", async () => {
		const archive = {
			name: "a.npz",
			bytes: writeNpz({ labels: float32([2], [0, 1]), images: float32([2, 3], [1, 2, 3, 4, 5, 6]) }),
		};
		const { tensors, notices } = await assembleInputs([archive], [port("x", [null, 3])], {});
		assert.deepEqual(tensors.x!.shape, [2, 3]);
		assert.match(notices.join(), /"images" is taken/);
	});

	it("take numbered arrays in their order where there is one that fits for each input", async () => {
		const ports = [port("left", [null, 3]), port("right", [null, 3])];
		const first = float32([1, 3], [1, 2, 3]);
		const second = float32([1, 3], [4, 5, 6]);
		for (const names of [
			["arr_0", "arr_1"],
			["00", "01"],
		] as const) {
			const archive = { name: "a.npz", bytes: writeNpz({ [names[1]]: second, [names[0]]: first }) };
			const { tensors, notices } = await assembleInputs([archive], ports, {});
			assert.deepEqual([tensors.left!.data, tensors.right!.data], [first.data, second.data]);
			assert.match(notices.join(), new RegExp(`${names[0]} as left, ${names[1]} as right`));
		}
		const misfit = { name: "a.npz", bytes: writeNpz({ arr_0: first, arr_1: float32([1, 2], [1, 2]) }) };
		assert.match((await refused(assembleInputs([misfit], ports, {}))).message, /none of them is named like an input/);
	});

	it("list what an archive holds where nothing is clear", async () => {
		const archive = {
			name: "a.npz",
			bytes: writeNpz({ a: float32([1, 3], [1, 2, 3]), b: float32([1, 3], [1, 2, 3]) }),
		};
		const error = await refused(assembleInputs([archive], [port("x", [null, 3])], {}));
		assert.match(error.message, /a \[1, 3\], b \[1, 3\]/);
	});

	it("are refused where the file tells of no input, such as weights alone", async () => {
		const error = await refused(assembleInputs([npy([1, 3])], [], {}));
		assert.equal(error.code, "unsupported");
	});

	it("preprocess pictures for the input that takes pictures", async () => {
		const ports = [port("numbers", [null, 3]), port("image", [null, 8, 8, 3])];
		const { tensors, pictures, preprocess } = await assembleInputs([picture(), npy([1, 3])], ports, { scale: 1 / 255 });
		assert.deepEqual(tensors.image!.shape, [1, 8, 8, 3]);
		assert.equal(pictures.image!.length, 1);
		assert.deepEqual(preprocess!.size, [8, 8]);
	});

	it("ask which input a picture is for where several take pictures", async () => {
		const ports = [port("left", [null, 8, 8, 3]), port("right", [null, 8, 8, 3])];
		assert.match((await refused(assembleInputs([picture()], ports, {}))).hint!, /NAME=FILE/);
		const { tensors } = await assembleInputs(
			[
				{ ...picture(), input: "right" },
				{ ...picture("gif"), input: "left" },
			],
			ports,
			{},
		);
		assert.deepEqual(Object.keys(tensors), ["left", "right"]);
	});

	it("make one batch of several files", async () => {
		const { tensors, names } = await assembleInputs(
			[picture(), picture("gif"), npy([2, 8, 8, 3])],
			[port("x", [null, 8, 8, 3])],
			{},
		);
		assert.deepEqual(tensors.x!.shape, [4, 8, 8, 3]);
		assert.deepEqual(names, ["png colour.png", "gif.png", "x.npy[0]", "x.npy[1]"]);
	});

	it("say which inputs are missing", async () => {
		const error = await refused(assembleInputs([npy([1, 3])], [port("a", [null, 3]), port("b", [null, 5])], {}));
		assert.match(error.message, /nothing is given for b \[N, 5\]/);
	});

	it("change the type of an array only where nothing is lost", () => {
		const bytes = { dtype: "uint8", shape: [2], data: Uint8Array.of(1, 200) };
		assert.deepEqual(fitArray(bytes, port("x", [null]), "x").data, Float32Array.of(1, 200));
		assert.deepEqual(fitArray(bytes, port("x", [null], "int32"), "x").data, Int32Array.of(1, 200));
		const halves = { dtype: "float32", shape: [1], data: Float32Array.of(0.5) };
		assert.throws(() => fitArray(halves, port("x", [null], "int32"), "x"), /Element 0 of the float32 array is 0.5/);
		assert.throws(() => fitArray(bytes, port("x", [null], "bool"), "x"), /takes bool/);
	});

	it("say that a file does not exist, and what a misspelt input is called", async () => {
		const error = await refused(readInputs(["imgae=x.png"], [port("image", [null, 8, 8, 3])], {}));
		assert.match(error.message, /does not exist/);
		assert.match(error.hint!, /Did you mean "image"/);
	});
});
