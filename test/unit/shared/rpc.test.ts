import assert from "node:assert/strict";
import { UnreadableFileError } from "../../../src/shared/errors";
import { type Channel, connect, errorOf } from "../../../src/shared/rpc";

interface Reader {
	open(): Promise<string>;
}

/** Two ends of a wire that carries structured clones, or JSON as that of a webview does. */
function wire(carry: (message: unknown) => unknown = structuredClone): [Channel, Channel] {
	const receivers: ((message: unknown) => void)[][] = [[], []];
	const end = (own: number): Channel => ({
		post: (message) => {
			const clone = carry(message);
			queueMicrotask(() => {
				for (const receive of receivers[1 - own]!) receive(clone);
			});
		},
		listen: (receive) => {
			receivers[own]!.push(receive);
			return () => receivers[own]!.splice(receivers[own]!.indexOf(receive), 1);
		},
	});
	return [end(0), end(1)];
}

const damaged = new UnreadableFileError("The archive is cut off.", "byte 120", "Copy the file again.");

describe("arguments", () => {
	it("that are not given are not there on the other side, over JSON either", async () => {
		const [here, there] = wire((message) => JSON.parse(JSON.stringify(message)));
		const seen: unknown[][] = [];
		const remote = { progress: async (...event: unknown[]) => void seen.push(event) };
		connect<object, typeof remote>(there, remote);
		const { progress } = connect<typeof remote, object>(here, {});
		await progress("job", 0, "lrp", undefined);
		await progress("job", 0.5, "lrp", 3);
		await progress();
		assert.deepEqual(seen, [["job", 0, "lrp"], ["job", 0.5, "lrp", 3], []]);
	});
});

describe("errors that cross process borders", () => {
	it("keep what was found, where, and what to do", async () => {
		const [here, there] = wire();
		connect<object, Reader>(there, {
			open: async () => {
				throw damaged;
			},
		});
		const reader = connect<Reader, object>(here, {});
		await assert.rejects(reader.open(), (thrown) => {
			assert.deepEqual(errorOf(thrown), damaged.toData());
			return true;
		});
	});

	it("keep it over two borders: from the compute process through the extension host to the page", async () => {
		const [host, compute] = wire();
		const [page, hostOfPage] = wire();
		connect<object, Reader>(compute, {
			open: async () => {
				throw damaged;
			},
		});
		const computeApi = connect<Reader, object>(host, {});
		connect<object, Reader>(hostOfPage, { open: () => computeApi.open() });
		const pageApi = connect<Reader, object>(page, {});
		await assert.rejects(pageApi.open(), (thrown) => {
			assert.deepEqual(errorOf(thrown), damaged.toData());
			return true;
		});
	});
});

describe("what cannot be cloned", () => {
	it("as a result fails the call, which would wait without end otherwise", async () => {
		const [here, there] = wire();
		connect<object, { methods(): Promise<unknown> }>(there, { methods: async () => [{ run: () => 1 }] });
		const remote = connect<{ methods(): Promise<unknown> }, object>(here, {});
		await assert.rejects(remote.methods(), (thrown) => /could not be cloned/.test(errorOf(thrown).message));
	});

	it("as an argument fails the call", async () => {
		const [here, there] = wire();
		connect<object, { take(value: unknown): Promise<void> }>(there, { take: async () => {} });
		const remote = connect<{ take(value: unknown): Promise<void> }, object>(here, {});
		await assert.rejects(
			remote.take(() => 1),
			/could not be cloned/,
		);
	});
});
