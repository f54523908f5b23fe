import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Engine, WeightSource } from "../../../src/core/engine/engine";
import { findNative, isNative, type NativeLibrary } from "../../../src/core/engine/session/native";
import { createSessionEngine } from "../../../src/core/engine/session/session-engine";
import { Builder } from "../../../src/core/program/builder";
import type { Dim, Value } from "../../../src/core/program/types";
import { float32, sizeOf, type Tensor } from "../../../src/shared/tensor";
import { skipBecause } from "../../support/testdata";

/** The session engine of a suite, in a cache folder of its own. */
export class SessionUnderTest {
	engine!: Engine;
	cacheDir!: string;
	library!: NativeLibrary;

	/** Registers the hooks; the suite is skipped where there is no native library. */
	static inSuite(): SessionUnderTest {
		const session = new SessionUnderTest();
		before(async function () {
			this.timeout(60_000);
			const found = findNative();
			if (!isNative(found)) skipBecause(this, `${found.reason} ${found.hint}`);
			session.library = found;
			session.cacheDir = mkdtempSync(path.join(tmpdir(), "lamina-session-"));
			session.engine = await createSessionEngine({ cacheDir: session.cacheDir, native: found, threads: 2 });
		});
		after(() => {
			session.engine?.dispose();
			if (session.cacheDir) rmSync(session.cacheDir, { recursive: true, force: true });
		});
		return session;
	}

	/**
	 * Computes what `build` says of float32 inputs. The first extent of each input is the batch when `batchFree` is set.
	 */
	async compute(
		inputs: Readonly<Record<string, Tensor>>,
		build: (b: Builder, inputs: Record<string, Value>) => Value,
		options: { batchFree?: boolean; weights?: Readonly<Record<string, Tensor>> } = {},
	): Promise<Tensor> {
		const b = new Builder();
		const free = (shape: readonly number[]): Dim[] => (options.batchFree ? [-1, ...shape.slice(1)] : [...shape]);
		const values: Record<string, Value> = {};
		for (const [name, { dtype, shape }] of Object.entries(inputs)) values[name] = b.input(name, dtype, free(shape));
		for (const [name, { dtype, shape }] of Object.entries(options.weights ?? {}))
			values[name] = b.weight(name, dtype, shape);
		b.output("result", build(b, values));
		const plan = await this.engine.compile(b.build(), weightsOf(options.weights ?? {}));
		try {
			return (await plan.run(inputs)).result as Tensor;
		} finally {
			plan.dispose();
		}
	}
}

/** Fingerprints are of the values, as they must be. */
export function weightsOf(tensors: Readonly<Record<string, Tensor>>): WeightSource & { reads: string[] } {
	const reads: string[] = [];
	return {
		reads,
		read: async (name) => {
			reads.push(name);
			return tensors[name] as Tensor;
		},
		fingerprint: async (name) => {
			const { dtype, shape, data } = tensors[name] as Tensor;
			return `${dtype}[${shape.join()}]${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")}`;
		},
	};
}

/** Numbers between -1 and 1, different at every place (Weyl's sequence), so that a swapped axis shows. */
export function varied(shape: readonly number[], seed = 1): Tensor {
	return float32(
		shape,
		Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
			const phase = (i + 1) * 0.6180339887498949 + seed * 0.2360679774997897;
			return 2 * (phase - Math.floor(phase)) - 1;
		}),
	);
}

export function int32(shape: readonly number[], values: readonly number[]): Tensor {
	return { dtype: "int32", shape, data: Int32Array.from(values) };
}

export function bool(shape: readonly number[], values: readonly boolean[]): Tensor {
	return { dtype: "bool", shape, data: Uint8Array.from(values, Number) };
}

/**
 * Equal up to float32 rounding: a sum of n products of numbers below 1 is off by at most about n 2^-24; the sums here
 * have fewer than 200 terms, so 2e-5 bounds it.
 */
export function assertClose(
	found: Tensor,
	expected: { shape: readonly number[]; data: ArrayLike<number> },
	tolerance = 2e-5,
): void {
	assert.deepEqual(found.shape, [...expected.shape]);
	for (let i = 0; i < expected.data.length; i++) {
		const [f, e] = [found.data[i] as number, expected.data[i] as number];
		const same = Object.is(f, e) || Math.abs(f - e) <= tolerance * Math.max(1, Math.abs(e));
		assert.ok(same, `element ${i} is ${f}, but ${e} was expected`);
	}
}
