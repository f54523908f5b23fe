import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectRoot } from "../../support/environment";

/** A copy of samples/ outside of the checkout: what tests put beside it never gets into the project. */
export class Workspace {
	private readonly parent = mkdtempSync(path.join(tmpdir(), "lamina-e2e-"));
	/** The folder that the editor opens. */
	readonly folder = path.join(this.parent, "samples");

	constructor() {
		cpSync(path.join(projectRoot, "samples"), this.folder, { recursive: true });
	}

	path(...parts: string[]): string {
		return path.join(this.folder, ...parts);
	}

	read(...parts: string[]): Buffer {
		return readFileSync(this.path(...parts));
	}

	write(relative: string, contents: Uint8Array | string): string {
		const file = this.path(relative);
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, contents);
		return file;
	}

	/** Copies a file, or a folder with all that is in it. */
	add(source: string, relative: string): string {
		const target = this.path(relative);
		mkdirSync(path.dirname(target), { recursive: true });
		cpSync(source, target, { recursive: true });
		return target;
	}

	remove(): void {
		rmSync(this.parent, { recursive: true, force: true, maxRetries: 5 });
	}
}
