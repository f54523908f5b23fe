import type { FrameLocator, Locator } from "playwright-core";

/** The *Explain* tab: the question, the contact sheet of methods, and one of them large. */
export class ExplainTab {
	constructor(private readonly frame: FrameLocator) {}

	card(method: string): Locator {
		return this.frame.getByRole("article", { name: method, exact: true });
	}

	get cards(): Locator {
		return this.frame.locator("lamina-explain-tab").getByRole("article");
	}

	/** The chosen method, large. */
	get result(): Locator {
		return this.frame.locator("lamina-result-view");
	}

	/** What the chosen map is worth. */
	get truth(): Locator {
		return this.frame.locator("lamina-truth-panel");
	}

	get colourBar(): Locator {
		return this.result.getByRole("img", { name: /^Colour scale from / });
	}

	get trust(): Locator {
		return this.result.getByRole("group", { name: "Trust" });
	}

	/** Asks exactly these methods. */
	async choose(methods: readonly string[]): Promise<void> {
		await this.frame.getByRole("button", { name: /^Methods/ }).click();
		const menu = this.frame.getByRole("menu", { name: "Methods" });
		for (const item of await menu.getByRole("menuitemcheckbox").all()) {
			const wanted = methods.includes((await item.getAttribute("aria-label")) ?? "");
			if (((await item.getAttribute("aria-checked")) === "true") !== wanted) await item.click();
		}
		await menu.press("Escape");
		await menu.waitFor({ state: "detached" });
	}

	/** Waits until a method has answered; its foot then tells the gap and the time. */
	async done(method: string): Promise<void> {
		await this.card(method).getByText(/^gap /).waitFor();
	}

	async show(method: string): Promise<void> {
		await this.card(method)
			.getByRole("button", { name: `Show ${method}` })
			.click();
		await this.result.getByRole("heading", { name: method, exact: true }).waitFor();
	}

	/** A number of the trust strip. */
	fact(label: string): Locator {
		return this.trust.getByRole("button").filter({ hasText: label }).locator(".value");
	}

	/** How many different colours the large map has: one colour is no map. */
	async colours(): Promise<number> {
		return this.result.locator("lamina-map canvas").evaluate((canvas: HTMLCanvasElement) => {
			const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
			const seen = new Set<number>();
			for (let at = 0; at < pixels.length; at += 4)
				seen.add((pixels[at]! << 16) | (pixels[at + 1]! << 8) | pixels[at + 2]!);
			return seen.size;
		});
	}
}
