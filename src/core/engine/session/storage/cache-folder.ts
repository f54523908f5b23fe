import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { makeFolder } from "../../cache-location";

/** A process that uses the cache, as its lease file tells. */
interface Lease {
	readonly pid: number;
	readonly host: string;
	/** Milliseconds since 1970. */
	readonly since: number;
}

/** After so long a lease of another machine (a cache on a network disk) counts as abandoned. */
const FOREIGN_LEASE = 7 * 24 * 3600_000;

/**
 * The engine's part of the cache: `weights/` with mapped files, `plans/` with graphs that are only there while they
 * are loaded, `leases/` with a file for each process that uses it. What crashed processes left is cleaned up by the next.
 */
export class CacheFolder {
	readonly weights: string;
	private readonly plans: string;
	private readonly leases: string;
	private readonly lease: string;
	private readonly ownPlans: string;
	private next = 0;
	private readonly onExit = () => this.release();

	/** @param limit bytes of weight files that are kept when no process uses them */
	constructor(root: string, limit: number) {
		this.weights = path.join(root, "weights");
		this.plans = path.join(root, "plans");
		this.leases = path.join(root, "leases");
		const id = `${process.pid}-${randomBytes(4).toString("hex")}`;
		this.lease = path.join(this.leases, id);
		this.ownPlans = path.join(this.plans, id);
		for (const folder of [this.weights, this.leases, this.ownPlans]) makeFolder(folder);
		this.writeLease();
		this.cleanUp(limit);
		process.once("exit", this.onExit);
	}

	/** A new empty folder for one graph. */
	planFolder(): string {
		const folder = path.join(this.ownPlans, String(this.next++));
		mkdirSync(folder, { recursive: true });
		return folder;
	}

	release(): void {
		process.removeListener("exit", this.onExit);
		rmSync(this.ownPlans, { recursive: true, force: true });
		rmSync(this.lease, { force: true });
	}

	private writeLease(): void {
		const lease: Lease = { pid: process.pid, host: hostname(), since: Date.now() };
		writeFileSync(this.lease, JSON.stringify(lease));
	}

	/** Ends what dead processes left, then takes the weights that were used longest ago while there are too many. */
	private cleanUp(limit: number): void {
		let oldestLease = Date.now();
		const alive = new Set<string>();
		for (const name of entries(this.leases)) {
			const lease = readLease(path.join(this.leases, name));
			if (lease && isAlive(lease, path.join(this.leases, name))) {
				alive.add(name);
				oldestLease = Math.min(oldestLease, lease.since);
			} else rmSync(path.join(this.leases, name), { force: true });
		}
		for (const name of entries(this.plans)) {
			if (!alive.has(name)) rmSync(path.join(this.plans, name), { recursive: true, force: true });
		}
		this.evict(limit, oldestLease);
	}

	/** Files used since the oldest live process started may be mapped by it: they stay. */
	private evict(limit: number, oldestLease: number): void {
		const files = entries(this.weights).flatMap((name) => {
			const file = path.join(this.weights, name);
			const stats = statSync(file, { throwIfNoEntry: false });
			return stats ? [{ file, bytes: stats.size, used: stats.mtimeMs, isPart: name.endsWith(".part") }] : [];
		});
		let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
		for (const { file, bytes, used, isPart } of files.sort((a, b) => a.used - b.used)) {
			if (total <= limit && !isPart) continue;
			// A second of tolerance for file systems with coarse times.
			const isIdle = (time: number) => time < oldestLease - 1000;
			if (!isIdle(used) || !isIdle(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? used)) continue;
			if (removeFile(file)) total -= bytes;
		}
	}
}

function removeFile(file: string): boolean {
	try {
		unlinkSync(file);
		return true;
	} catch {
		// In use (Windows), or another process took it.
		return false;
	}
}

function entries(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

function readLease(file: string): Lease | undefined {
	try {
		const lease = JSON.parse(readFileSync(file, "utf8")) as Partial<Lease>;
		if (typeof lease.pid === "number" && typeof lease.host === "string" && typeof lease.since === "number")
			return lease as Lease;
	} catch {
		// Being written right now, or cut short by a crash: its age decides.
	}
	const stats = statSync(file, { throwIfNoEntry: false });
	const isNew = stats !== undefined && Date.now() - stats.mtimeMs < 60_000;
	return isNew ? { pid: process.pid, host: hostname(), since: stats.mtimeMs } : undefined;
}

function isAlive(lease: Lease, file: string): boolean {
	if (lease.host !== hostname())
		return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < FOREIGN_LEASE;
	try {
		process.kill(lease.pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}
