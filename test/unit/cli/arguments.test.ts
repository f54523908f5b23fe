import assert from "node:assert/strict";
import { type CommandSpec, columns, helpOf, parseArguments, UsageError, wholeNumber } from "../../../src/cli/arguments";
import { didYouMean } from "../../../src/core/units/nearest";

const command: CommandSpec = {
	name: "predict",
	summary: "Run a model.",
	words: ["MODEL"],
	options: {
		input: { value: "FILE", several: true, help: "What it is run on.", required: true },
		param: { value: "NAME=VALUE", repeated: true, help: "A parameter." },
		engine: { value: "NAME", choices: ["auto", "wasm"], help: "What computes." },
		top: { value: "N", help: "How many." },
	},
	examples: ["lamina predict m --input a.png"],
};
const parse = (...args: string[]) => parseArguments(command, args, didYouMean);
const refusal = (...args: string[]) => {
	try {
		parse(...args);
	} catch (error) {
		assert.ok(error instanceof UsageError, String(error));
		return `${error.message} ${error.hint ?? ""}`;
	}
	return assert.fail("the call was accepted");
};

describe("the arguments of a call", () => {
	it("are words and options in any order", () => {
		for (const args of [
			["m.h5", "--input", "a.png", "--top=3"],
			["--top", "3", "--input=a.png", "m.h5"],
			["--input", "a.png", "m.h5", "--top", "3"],
		]) {
			const parsed = parse(...args);
			assert.deepEqual(
				[parsed.words, parsed.list("input"), parsed.text("top")],
				[["m.h5"], ["a.png"], "3"],
				args.join(" "),
			);
		}
	});

	it("take several files after --input, up to the next option", () => {
		assert.deepEqual(parse("m", "--input", "a", "b", "--top", "1", "--input", "c").list("input"), ["a", "b", "c"]);
	});

	it("keep what is repeated, in order", () => {
		assert.deepEqual(parse("m", "--input", "a", "--param", "x=1", "--param", "y=-2").list("param"), ["x=1", "y=-2"]);
	});

	it("after -- are words", () => {
		assert.deepEqual(parse("--input", "a", "--", "--odd-name.h5").words, ["--odd-name.h5"]);
	});

	it("tell what a mistyped option may mean", () => {
		assert.match(refusal("m", "--inptu", "a"), /no option --inptu .*Did you mean "--input"/);
	});

	it("tell what is missing, wrong or too much", () => {
		assert.match(refusal("--input", "a"), /MODEL is missing/);
		assert.match(refusal("m"), /--input FILE is missing/);
		assert.match(refusal("m", "n", "--input", "a"), /"n" is too much/);
		assert.match(refusal("m", "--input", "a", "--engine", "wams"), /one of auto, wasm .*Did you mean "wasm"/);
		assert.match(refusal("m", "--input", "a", "--top", "1", "--top", "2"), /more than once/);
		assert.match(refusal("m", "--input", "a", "--top"), /needs a value: --top N/);
		assert.match(refusal("m", "--input", "a", "--json=yes"), /takes no value/);
	});

	it("hold whole numbers where those are expected", () => {
		assert.equal(wholeNumber(parse("m", "--input", "a", "--top", "12"), "top", 5, 1), 12);
		assert.equal(wholeNumber(parse("m", "--input", "a"), "top", 5, 1), 5);
		for (const top of ["0", "1.5", "many", " "])
			assert.throws(() => wholeNumber(parse("m", "--input", "a", `--top=${top}`), "top", 5, 1), UsageError);
	});

	it("need nothing else beside --help", () => {
		assert.ok(parse("--help").flag("help"));
		assert.ok(parse("-h").flag("help"));
	});

	it("are all told in the help", () => {
		const help = helpOf(command);
		for (const text of [
			"--input FILE...",
			"--param NAME=VALUE",
			"one of auto, wasm",
			"may be repeated",
			"required",
			"--json",
			"lamina predict m --input a.png",
		])
			assert.ok(help.includes(text), text);
	});

	it("are told in lines of at most 100 characters", () => {
		const rows = [["--preprocess SPEC", "word ".repeat(60).trim()]] as const;
		assert.ok(columns(rows).every((line) => line.length <= 100));
	});
});
