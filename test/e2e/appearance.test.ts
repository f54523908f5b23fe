import assert from "node:assert/strict";
import { deepModel } from "./pages/deep-model";
import { editor } from "./pages/editor";
import type { Tab } from "./pages/inspector";
import { type Theme, WIDE } from "./pages/workbench";

const TABS: readonly Tab[] = ["Filters", "Activations", "Statistics", "Explain"];

/** Windows in physical pixels; the zoom is the browser's. */
const WINDOWS = [
	{ name: "wide", width: 1400, height: 900, zoom: 1 },
	{ name: "wide-200", width: 1400, height: 900, zoom: 2 },
	{ name: "narrow", width: 750, height: 900, zoom: 1 },
	{ name: "narrow-200", width: 900, height: 1200, zoom: 2 },
] as const;

const THEMES: readonly Theme[] = ["dark", "light", "high-contrast", "high-contrast-light"];

/** Contrast of text to its ground that WCAG 2.2 asks for at level AA (1.4.3). */
const CONTRAST = 4.5;

describe("The Inspector looks well", function () {
	this.timeout(120_000);

	before(async () => {
		await editor().clear();
		await editor().openFromExplorer("shapes", "shapes.keras");
		const { inspector } = editor();
		await inspector.ready();
		await inspector.chooseInput("inputs/shapes/star-watermarked.png");
		await editor().toggleSideBar();
	});

	after(() => editor().useTheme("dark"));

	for (const { name, width, height, zoom } of WINDOWS) {
		it(`in a ${name} window: nothing is wider than the page`, async () => {
			await editor().resize(width, height, zoom);
			for (const tab of TABS) {
				await show(tab);
				await editor().screenshot(`${name}-${tab.toLowerCase()}`);
				assert.equal(await editor().inspector.overflows(), false, `${tab} overflows`);
			}
		});
	}

	for (const theme of THEMES) {
		it(`in the ${theme} theme: text stands out from its ground`, async () => {
			await editor().resize(WIDE.width, WIDE.height);
			await editor().useTheme(theme);
			for (const tab of TABS) {
				await show(tab);
				await editor().screenshot(`${theme}-${tab.toLowerCase()}`);
				const faint = await editor().inspector.frame.locator("body").evaluate(faintTexts, CONTRAST);
				assert.deepEqual(faint, [], tab);
			}
		});
	}

	it("with no input yet", async () => {
		const { workspace, inspector } = editor();
		await editor().useTheme("dark");
		await editor().clear();
		// A model of another shape than the pictures of the workspace, and no input of its own.
		const { json, weights } = deepModel(6);
		workspace.write("lonely/weights.bin", weights);
		workspace.write("lonely/model.json", json);
		await editor().inspectFromContextMenu("lonely", "model.json");
		await inspector.heading.waitFor();
		await inspector.open("step_001", "Explain");
		await inspector.frame.getByText("Choose an input, and see why the model decides as it does.").waitFor();
		await editor().screenshot("no-input");
	});
});

async function show(tab: Tab): Promise<void> {
	const { inspector } = editor();
	await inspector.tab(tab).click();
	await inspector.frame.getByRole("tab", { name: tab, selected: true }).waitFor();
	if (tab === "Filters" || tab === "Activations") await inspector.pictures.first().waitFor();
	if (tab === "Statistics") await inspector.frame.getByRole("table", { name: "Statistics" }).waitFor();
	if (tab === "Explain") await inspector.explain.done("Saliency");
}

/** Texts in sight whose contrast to the ground behind them is too small. Runs in the page. */
function faintTexts(body: Element, least: number): string[] {
	const faint = new Set<string>();
	const parse = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
	const luminance = ([r = 0, g = 0, b = 0]: number[]) => {
		const [red, green, blue] = [r, g, b].map((value) => {
			const share = value / 255;
			return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
	};
	const probe = body.appendChild(document.createElement("div"));
	probe.style.color = "var(--vscode-editor-background)";
	const paper = parse(getComputedStyle(probe).color);
	probe.remove();
	const parentOf = (element: Element): Element | null =>
		element.assignedSlot ?? element.parentElement ?? (element.getRootNode() as ShadowRoot).host ?? null;
	const groundOf = (element: Element): number[] => {
		const layers: number[][] = [];
		for (let at: Element | null = element; at; at = parentOf(at)) {
			const colour = parse(getComputedStyle(at).backgroundColor);
			const alpha = colour[3] ?? 1;
			if (alpha > 0) layers.push(colour);
			if (alpha === 1) break;
		}
		return layers.reduceRight<number[]>((below, [r = 0, g = 0, b = 0, alpha = 1]) => {
			const mix = (over: number, under = 0) => over * alpha + under * (1 - alpha);
			return [mix(r, below[0]), mix(g, below[1]), mix(b, below[2])];
		}, paper);
	};
	const visit = (root: ParentNode) => {
		for (const element of root.querySelectorAll("*")) {
			if (element.shadowRoot) visit(element.shadowRoot);
			const text = [...element.childNodes]
				.filter((node) => node.nodeType === 3)
				.map((node) => node.textContent?.trim());
			if (!text.join("") || element.matches("style, script, option, :disabled, .sr-only")) continue;
			if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
			const front = parse(getComputedStyle(element).color);
			const ground = groundOf(element);
			const alpha = front[3] ?? 1;
			const [a, b] = [
				luminance(front.slice(0, 3).map((value, at) => value * alpha + (ground[at] ?? 0) * (1 - alpha))),
				luminance(ground),
			];
			const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
			if (contrast < least) faint.add(`"${text.join(" ").slice(0, 30)}" ${contrast.toFixed(2)}`);
		}
	};
	visit(body);
	return [...faint];
}
