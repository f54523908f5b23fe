import type { FrameLocator, Locator, Page } from "playwright-core";

/** A line of the pen: corners in shares of the pad's side, 0 to 1, from the top left. */
export type PenLine = readonly (readonly [number, number])[];

/** Digits as a hand draws them. */
export const DIGITS = {
	seven: [
		[
			[0.26, 0.24],
			[0.74, 0.24],
			[0.46, 0.8],
		],
	],
	one: [
		[
			[0.5, 0.2],
			[0.5, 0.8],
		],
	],
} as const satisfies Record<string, readonly PenLine[]>;

const STEPS_A_LINE = 12;

/** The pad on which an input is drawn. */
export class DrawPad {
	constructor(
		private readonly page: Page,
		private readonly frame: FrameLocator,
	) {}

	get dialog(): Locator {
		return this.frame.getByRole("dialog", { name: "Draw an input" });
	}

	get paper(): Locator {
		return this.dialog.getByRole("application");
	}

	get best(): Locator {
		return this.dialog.getByRole("button", { name: /, (probability|logit|value) / }).first();
	}

	async open(): Promise<void> {
		await this.frame.getByRole("button", { name: "Draw", exact: true }).click();
		await this.dialog.waitFor();
	}

	/** Moves the pen over the paper with the mouse held down. */
	async draw(lines: readonly PenLine[]): Promise<void> {
		const box = await this.paper.boundingBox();
		if (!box) throw new Error("the drawing pad is not in sight");
		const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
		for (const [first, ...corners] of lines) {
			if (!first) continue;
			await this.page.mouse.move(...at(first));
			await this.page.mouse.down();
			for (const corner of corners) await this.page.mouse.move(...at(corner), { steps: STEPS_A_LINE });
			await this.page.mouse.up();
		}
	}

	async predicts(label: string): Promise<void> {
		await this.best.and(this.frame.getByRole("button", { name: new RegExp(`^${label}, `) })).waitFor();
	}

	async clear(): Promise<void> {
		await this.dialog.getByRole("button", { name: "Clear" }).click();
	}

	async done(): Promise<void> {
		await this.dialog.getByRole("button", { name: "Done" }).click();
		await this.dialog.waitFor({ state: "detached" });
	}
}
