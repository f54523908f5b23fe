import type { FrameLocator, Locator, Page } from "playwright-core";
import { DrawPad } from "./draw-pad";
import { ExplainTab } from "./explain-tab";

export type Tab = "Filters" | "Activations" | "Statistics" | "Explain";

/** Bit of the Shift key in the browser's events. */
const SHIFT = 8;

/** The open Inspector: a webview, so a frame within a frame. Everything is found by role and name, as a person finds it. */
export class Inspector {
	readonly frame: FrameLocator;
	readonly explain: ExplainTab;
	readonly pad: DrawPad;

	constructor(private readonly page: Page) {
		this.frame = page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
		this.explain = new ExplainTab(this.frame);
		this.pad = new DrawPad(page, this.frame);
	}

	get title(): Locator {
		return this.frame.getByRole("heading", { level: 1 });
	}

	get spine(): Locator {
		return this.frame.getByRole("tree", { name: "Layers" });
	}

	get filter(): Locator {
		return this.frame.getByRole("textbox", { name: "Filter layers" });
	}

	/** A layer of the spine, by its name. */
	layer(name: string): Locator {
		return this.frame.getByRole("treeitem", { name: new RegExp(`^${name}, `) });
	}

	get selectedLayer(): Locator {
		return this.frame.getByRole("treeitem", { selected: true });
	}

	tab(name: Tab): Locator {
		return this.frame.getByRole("tab", { name });
	}

	get panel(): Locator {
		return this.frame.getByRole("tabpanel");
	}

	/** The chosen layer's name above the tabs. */
	get heading(): Locator {
		return this.frame.locator("lamina-layer-view").getByRole("heading", { level: 2 });
	}

	/** Pictures of kernels or channels. */
	get tiles(): Locator {
		return this.panel.locator("lamina-tile-grid").getByRole("option");
	}

	/** Tiles whose numbers have arrived and are drawn. */
	get pictures(): Locator {
		return this.tiles.locator("lamina-map canvas");
	}

	/** The best classes, best first, as `7, probability 0.98`. */
	get predictions(): Locator {
		return this.frame.locator("lamina-header").getByRole("button", { name: /, (probability|logit|value) / });
	}

	get input(): Locator {
		return this.frame.getByRole("button", { name: /^Input: / });
	}

	get banner(): Locator {
		return this.frame.locator("lamina-notices").getByRole("alert");
	}

	/** Waits until the model is shown and what it makes of its input. */
	async ready(): Promise<void> {
		await this.heading.waitFor();
		await this.predictions.first().waitFor();
	}

	async open(layer: string, tab: Tab): Promise<void> {
		await this.layer(layer).click();
		await this.tab(tab).click();
		await this.frame.getByRole("tab", { name: tab, selected: true }).waitFor();
	}

	async chooseInput(label: string): Promise<void> {
		await this.input.click();
		await this.frame.getByRole("menuitem", { name: label }).click();
		await this.frame.getByRole("button", { name: `Input: ${label.split("/").at(-1)}`, exact: true }).waitFor();
	}

	/** Drops a file of the system on the page, Shift held: without it the editor itself would open the file. */
	async drop(file: string): Promise<void> {
		const box = await this.frame.locator("lamina-layer-view").boundingBox();
		if (!box) throw new Error("the Inspector is not in sight");
		const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
		const devtools = await this.page.context().newCDPSession(this.page);
		const data = { items: [], files: [file], dragOperationsMask: 1 };
		for (const type of ["dragEnter", "dragOver", "dragOver", "drop"] as const) {
			await devtools.send("Input.dispatchDragEvent", { type, x, y, data, modifiers: SHIFT });
		}
		await devtools.detach();
		// The editor takes the drag for ended when the mouse moves again with no button held.
		await this.page.mouse.move(x + 5, y + 5);
	}

	/** Label and value of the best class. */
	async best(): Promise<{ label: string; value: number }> {
		const name = (await this.predictions.first().getAttribute("aria-label")) ?? "";
		const [, label = "", value = ""] = /^(.*), \w+ (.*)$/.exec(name) ?? [];
		return { label, value: Number(value.replace("−", "-").replace(/[^\d.e-]/g, "")) };
	}

	/** Waits until a class is the best one. */
	async predicts(label: string): Promise<void> {
		await this.predictions
			.first()
			.and(this.frame.getByRole("button", { name: new RegExp(`^${label}, `) }))
			.waitFor();
	}

	/** Whether anything is wider than the page. */
	async overflows(): Promise<boolean> {
		return this.frame.locator("html").evaluate((root) => root.scrollWidth > root.clientWidth + 1);
	}

	get theme(): Locator {
		return this.frame.locator("body");
	}

	async press(key: string): Promise<void> {
		await this.page.keyboard.press(key);
	}
}
