import { type ChildProcess, fork } from "node:child_process";
import { LaminaError, type LaminaErrorData } from "../shared/errors";
import type { ComputeApi, ComputeEvents } from "../shared/protocol";
import { type Channel, connect } from "../shared/rpc";

export interface ComputeProcessOptions {
	/** The bundled compute process: dist/compute.js. */
	script: string;
	/** Passed on as LAMINA_* variables: engine preference, cache folder, where the native engine may be. */
	environment(): Record<string, string>;
	/** Lines that the process prints, for the output channel. */
	log(line: string): void;
}

type Listener = Partial<ComputeEvents>;

/**
 * The child process that runs the core. It is started by the first call, and a crash, a native abort included, costs
 * no more than the calls under way: they are rejected, `onLost` tells why, and the next call after `restart` begins anew.
 */
export class ComputeProcess {
	private child: ChildProcess | undefined;
	private remote: (ComputeApi & { $close(error?: Error): void }) | undefined;
	private readonly listeners = new Set<Listener>();
	private readonly lostListeners = new Set<(error: LaminaErrorData) => void>();
	private readonly restartedListeners = new Set<() => void>();
	private lost: LaminaErrorData | undefined;
	private disposed = false;

	constructor(private readonly options: ComputeProcessOptions) {}

	/** The typed interface; starts the process when it is not running. @throws LaminaError `failed` after a crash, until `restart`. */
	get api(): ComputeApi {
		if (this.lost) throw new LaminaError(this.lost);
		this.remote ??= this.start();
		return this.remote;
	}

	get running(): boolean {
		return this.child !== undefined;
	}

	/** Process id while it runs. */
	get pid(): number | undefined {
		return this.child?.pid;
	}

	/** Events of all jobs; filter by job. Returns what takes the listener away. */
	listen(listener: Listener): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	onLost(listener: (error: LaminaErrorData) => void): () => void {
		this.lostListeners.add(listener);
		return () => this.lostListeners.delete(listener);
	}

	/** Calls are answered by a new process from now on: what the old one had loaded has to be loaded again. */
	onRestarted(listener: () => void): () => void {
		this.restartedListeners.add(listener);
		return () => this.restartedListeners.delete(listener);
	}

	/** Allows calls again after a crash. */
	restart(): void {
		this.stop();
		this.lost = undefined;
		for (const listener of this.restartedListeners) listener();
	}

	dispose(): void {
		this.disposed = true;
		this.stop();
	}

	private stop(): void {
		const child = this.child;
		this.remote?.$close();
		this.remote = undefined;
		this.child = undefined;
		child?.kill();
	}

	private start() {
		if (this.disposed) throw new LaminaError({ code: "failed", message: "Lamina is shutting down." });
		const child = fork(this.options.script, [], {
			serialization: "advanced",
			stdio: ["ignore", "pipe", "pipe", "ipc"],
			env: { ...process.env, ELECTRON_RUN_AS_NODE: "1", ...this.options.environment() },
			execArgv: [],
		});
		this.child = child;
		const lastLines: string[] = [];
		const keep = (chunk: Buffer) => {
			for (const line of chunk.toString().split("\n").filter(Boolean)) {
				this.options.log(line);
				lastLines.push(line);
				if (lastLines.length > 5) lastLines.shift();
			}
		};
		child.stdout?.on("data", keep);
		child.stderr?.on("data", keep);
		child.once("exit", (code, signal) => this.ended(child, code, signal, lastLines));
		child.once("error", (error) => this.ended(child, null, null, [...lastLines, error.message]));

		const events: ComputeEvents = {
			progress: (...event) => this.tell("progress", event),
			partial: (...event) => this.tell("partial", event),
			preview: (...event) => this.tell("preview", event),
		};
		return connect<ComputeApi, ComputeEvents>(processChannel(child), events);
	}

	private tell<Name extends keyof ComputeEvents>(name: Name, event: Parameters<ComputeEvents[Name]>): void {
		for (const listener of this.listeners) (listener[name] as ((...event: unknown[]) => void) | undefined)?.(...event);
	}

	private ended(
		child: ChildProcess,
		code: number | null,
		signal: NodeJS.Signals | null,
		lastLines: readonly string[],
	): void {
		if (this.child !== child) return;
		const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
		const error: LaminaErrorData = {
			code: "failed",
			message: `The compute process ${how}.`,
			hint: "Restart it; nothing that is shown is lost.",
		};
		if (lastLines.length > 0) error.where = lastLines.join("\n");
		this.lost = error;
		this.child = undefined;
		this.remote?.$close(new LaminaError(error));
		this.remote = undefined;
		for (const listener of this.lostListeners) listener(error);
	}
}

function processChannel(child: ChildProcess): Channel {
	return {
		post: (message) => {
			if (child.connected) child.send(message as object);
		},
		listen: (receive) => {
			child.on("message", receive);
			return () => child.off("message", receive);
		},
	};
}
