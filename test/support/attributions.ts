/** What the golden and the conformance harness share: engines, sessions, runs of methods, skips by name. */
import type { Context } from "mocha";
import type { Engine, EngineId } from "../../src/core/engine/engine";
import { createEngine } from "../../src/core/engine/registry";
import { openModel } from "../../src/core/formats/registry";
import { summarize } from "../../src/core/graph/summary";
import { describeMethods, runToEnd } from "../../src/core/methods/run-method";
import { Session } from "../../src/core/session/session";
import { LaminaError } from "../../src/shared/errors";
import type { ParameterValue } from "../../src/shared/methods";
import type { ExplanationResult } from "../../src/shared/result";
import type { Tensor } from "../../src/shared/tensor";
import type { Place, UnitAddress } from "../../src/shared/units";
import { skipBecause } from "./testdata";

/** `--all` after `--`, or LAMINA_TEST_ALL: every case on every engine. */
export const everything = process.env.LAMINA_TEST_ALL !== undefined || process.argv.includes("--all");

export const ENGINES: readonly EngineId[] = ["session", "wasm", "cpu"];

const engines = new Map<EngineId, Promise<Engine | LaminaError>>();

/** The engine, or a skip with the reason when it is not to be had here. */
export async function needEngine(context: Context, id: EngineId): Promise<Engine> {
	let made = engines.get(id);
	if (!made) {
		made = createEngine(id).then(
			({ engine }) => engine,
			(error) => {
				if (error instanceof LaminaError) return error;
				throw error;
			},
		);
		engines.set(id, made);
	}
	const engine = await made;
	return engine instanceof LaminaError ? skipBecause(context, `no ${id} engine: ${engine.message}`) : engine;
}

/** Formats of models that are in the test data, but that Lamina does not read yet. */
const NOT_READ_YET = /\.(safetensors|pt|pb|bin)$/i;

/** Why a model cannot be opened here; undefined when it can, or when it is worth a failure. */
export function formatNotRead(file: string): string | undefined {
	return NOT_READ_YET.test(file) ? `format not read yet (${file.split(".").at(-1)})` : undefined;
}

const sessions = new Map<string, Promise<Session>>();

/** A model on an engine; opened once. */
export function sessionOf(file: string, engine: Engine): Promise<Session> {
	const key = `${engine.id} ${file}`;
	let session = sessions.get(key);
	if (!session) {
		session = openModel(file).then(
			async (core) => new Session(core, engine, await summarize(core, file), { path: file }),
		);
		sessions.set(key, session);
	}
	return session;
}

/** A run of a method that stands for a run of the reference tool. */
export interface MethodCall {
	readonly method: string;
	readonly parameters: Readonly<Record<string, ParameterValue>>;
	readonly unit?: UnitAddress;
	readonly at?: Place | "input";
	readonly seed?: number;
	/** Reference inputs by name. */
	readonly baselines?: Readonly<Record<string, Tensor>>;
	/** Features by number, by name of the input or layer. */
	readonly masks?: Readonly<Record<string, Tensor>>;
	/** Inputs that are neither varied nor explained. */
	readonly held?: readonly string[];
	/** What starts the backward walk. */
	readonly start?: Tensor;
}

/** Why a call cannot be made: the method, a parameter or a choice does not exist yet. */
export function notThereYet(call: MethodCall): string | undefined {
	const method = describeMethods().find(({ id }) => id === call.method);
	if (!method) return `method ${call.method} not there yet`;
	for (const [name, value] of Object.entries(call.parameters)) {
		const parameter = method.parameters.find((candidate) => candidate.name === name);
		if (!parameter) return `${call.method} has no parameter ${name} yet`;
		const isOther = parameter.type === "choice" && parameter.other !== undefined && String(value).startsWith("{");
		if (parameter.type === "choice" && !isOther && !parameter.choices.includes(String(value)))
			return `${call.method} has no ${name} ${value} yet`;
	}
	return undefined;
}

export function runCall(
	session: Session,
	call: MethodCall,
	inputs: Readonly<Record<string, Tensor>>,
): Promise<ExplanationResult> {
	const { method, ...request } = call;
	return runToEnd(session, method, { ...request, inputs });
}

/** A line for every case, also for those that pass: what was compared, how far it was off, what was allowed. */
export function report(line: string): void {
	if (process.env.LAMINA_TEST_OUTPUT === undefined) process.stdout.write(`      ${line}\n`);
}
