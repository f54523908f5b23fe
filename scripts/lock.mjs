import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { note } from "./log.mjs";

/** Runs `work` while no other process holds the lock folder: two set-ups at once would spoil each other's files. */
export async function withLock(folder, work) {
	mkdirSync(path.dirname(folder), { recursive: true });
	for (let told = false; !take(folder); told = true) {
		if (!told) note(`waiting for another set-up (${folder})`);
		await sleep(500);
	}
	try {
		return await work();
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function take(folder) {
	try {
		mkdirSync(folder);
		writeFileSync(path.join(folder, "pid"), String(process.pid));
		return true;
	} catch {
		if (!holderIsAlive(folder)) rmSync(folder, { recursive: true, force: true });
		return false;
	}
}

function holderIsAlive(folder) {
	try {
		const pid = Number(readFileSync(path.join(folder, "pid"), "utf8"));
		// The file is written just after the folder is made: an empty one belongs to somebody who has only begun.
		if (!pid) return true;
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error.code !== "ESRCH";
	}
}
