import assert from "node:assert/strict";
import { deepModel } from "./pages/deep-model";
import { anotherWindow, editor } from "./pages/editor";
import type { Workbench } from "./pages/workbench";

const LAYERS = 500;

/** Time from the click to the first picture, in milliseconds: the promise for a small model on a warm engine. */
const FIRST_PICTURE = 1_000;

/**
 * Where the machine is too slow for that, it is held against the editor's own preview of a picture, which has neither a
 * model to read nor an engine to ask: that takes 0.8 s where the Inspector takes 1.3 to 1.6 s.
 */
const TIMES_THE_EDITOR = 2;

/** A menu takes no click in its first moments, in which it could be the end of the one that opened it. */
const MENU_WAKES = 150;

/** Rows of the spine that may exist at a time: those in sight and a margin on each side. */
const MOST_ROWS = 80;

/** A frame that takes longer than this is seen as a jerk; software rendering on a busy machine has some, so the median counts. */
const SMOOTH_FRAME = 1000 / 30;

describe("Speed", function () {
	this.timeout(60_000);
	before(() => editor().clear());

	it("of opening: the first picture is there within a second when the engine is warm", async () => {
		const times: number[] = [];
		for (let at = 0; at < 3 && !times.some((time) => time < FIRST_PICTURE); at++) {
			const window = await anotherWindow();
			try {
				// A hover has the engine compute, and opens no Inspector.
				await window.openFromExplorer("digits", "train.py");
				await window.page.getByRole("button", { name: "Inspect model" }).first().waitFor();
				await window.hoverCode("Conv2D(64");
				await window.hover.getByRole("img", { name: /activation maps/ }).waitFor();
				await window.page.keyboard.press("Escape");
				times.push(await timeToPicture(window));
				process.stdout.write(`      first picture after ${times.at(-1)?.toFixed(0)} ms\n`);
			} finally {
				await window.close();
			}
		}
		const best = Math.min(...times);
		const allowed = best < FIRST_PICTURE ? FIRST_PICTURE : TIMES_THE_EDITOR * (await timeToPreview());
		assert.ok(best < allowed, `the fastest took ${best.toFixed(0)} ms, ${allowed.toFixed(0)} allowed`);
	});

	/**
	 * In a browser the service worker of a webview takes over from that of the webview before it, for which Chromium waits
	 * a second (the worker's idle timer): no page can begin to load before. On a desktop each webview has its own.
	 */
	it("of opening another: what is the Inspector's own part of it takes less than a second", async () => {
		const { inspector } = editor();
		await editor().closeEditors();
		await editor().openFromExplorer("shapes", "shapes.keras");
		await inspector.ready();
		const times: number[] = [];
		for (let at = 0; at < 3; at++) {
			await editor().closeEditors();
			const picture = await timeToPicture(editor());
			const frame = await inspector.frame.locator("html").evaluate(timeUntilPage);
			times.push(picture - frame);
			process.stdout.write(
				`      first picture after ${picture.toFixed(0)} ms, of which the browser readies the webview for ${frame.toFixed(0)} ms\n`,
			);
		}
		const best = Math.min(...times);
		assert.ok(best < FIRST_PICTURE, `the fastest of three took ${best.toFixed(0)} ms`);
	});

	it(`of scrolling: ${LAYERS} layers go by smoothly, and only those in sight exist`, async () => {
		const { inspector, workspace } = editor();
		const { json, weights } = deepModel(LAYERS);
		workspace.write("deep/weights.bin", weights);
		workspace.write("deep/model.json", json);
		await editor().closeEditors();
		await editor().inspectFromContextMenu("deep", "model.json");
		await inspector.layer("step_001").waitFor();
		assert.equal(await inspector.layer("step_001").getAttribute("aria-setsize"), String(LAYERS));
		const { frames, rows, bottom } = await inspector.spine.evaluate(scrollThrough, 3_000);
		const sorted = [...frames].sort((a, b) => a - b);
		const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
		const late = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
		process.stdout.write(
			`      ${frames.length} frames, median ${median.toFixed(1)} ms, 95th percentile ${late.toFixed(1)} ms; at most ${rows} rows\n`,
		);
		assert.ok(rows < MOST_ROWS, `${rows} rows exist at a time`);
		assert.ok(bottom, "the last layer was reached");
		assert.ok(median < SMOOTH_FRAME, `the median frame took ${median.toFixed(1)} ms`);
		await inspector.layer(`step_${LAYERS - 1}`).waitFor();
		await editor().screenshot("deep-model");
	});

	it("of the keyboard: End is the last layer at once", async () => {
		const { inspector } = editor();
		await inspector.spine.focus();
		await inspector.press("Home");
		await inspector.layer("image").and(inspector.selectedLayer).waitFor();
		await inspector.press("End");
		await inspector
			.layer(`step_${LAYERS - 1}`)
			.and(inspector.selectedLayer)
			.waitFor();
	});
});

/** Milliseconds from the click on *Inspect Model* of the digits to their first picture. */
async function timeToPicture(window: Workbench): Promise<number> {
	const row = await window.findInExplorer("digits", "digits.keras");
	await row.click({ button: "right" });
	const item = window.page.getByRole("menuitem", { name: "Inspect Model" });
	await item.hover();
	await window.page.waitForTimeout(MENU_WAKES);
	const started = performance.now();
	await item.click();
	await window.inspector.pictures.first().waitFor();
	return performance.now() - started;
}

/** Milliseconds from the click on a picture to the editor's preview of it, the first webview of a window. */
async function timeToPreview(): Promise<number> {
	const window = await anotherWindow();
	try {
		await window.openFromExplorer("digits", "train.py");
		await window.page.getByRole("button", { name: "Inspect model" }).first().waitFor();
		const row = await window.findInExplorer("inputs", "shapes", "star-watermarked.png");
		const started = performance.now();
		await row.click();
		await window.inspector.frame.locator("img").first().waitFor();
		const time = performance.now() - started;
		process.stdout.write(`      the editor previews a picture after ${time.toFixed(0)} ms\n`);
		return time;
	} finally {
		await window.close();
	}
}

/**
 * Milliseconds from the making of the webview's frame to the extension's page in it. In a browser VS Code first replaces
 * the service worker of the webview before, which Chromium lets finish for a second; a desktop VS Code has no such wait.
 */
function timeUntilPage(): number {
	const [script] = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/inspector.js"));
	return script?.startTime ?? 0;
}

/** Scrolls from the first row to the last at an even pace and measures. Runs in the page. @param duration ms */
async function scrollThrough(tree: Element, duration: number) {
	const scroller = tree.parentElement as HTMLElement;
	const frames: number[] = [];
	let rows = 0;
	const started = performance.now();
	for (let last = started; last - started < duration; ) {
		const now = await new Promise<number>(requestAnimationFrame);
		frames.push(now - last);
		last = now;
		scroller.scrollTop = ((now - started) / duration) * scroller.scrollHeight;
		rows = Math.max(rows, tree.querySelectorAll('[role="treeitem"]').length);
	}
	scroller.scrollTop = scroller.scrollHeight;
	await new Promise(requestAnimationFrame);
	const bottom = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 2;
	// The first frame holds the wait for its own start.
	return { frames: frames.slice(1), rows, bottom };
}
