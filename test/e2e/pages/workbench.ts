import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Browser, CDPSession, Locator, Page } from "playwright-core";
import type { CodeServer } from "../../support/code-server";
import { artifacts } from "../../support/environment";
import { Inspector } from "./inspector";
import type { Workspace } from "./workspace";

/** Title of each theme, and how the workbench and a webview are marked that wear it. */
export const THEMES = {
	dark: { title: "Dark Modern", workbench: "vs-dark", webview: "vscode-dark" },
	light: { title: "Light Modern", workbench: "vs", webview: "vscode-light" },
	"high-contrast": { title: "Dark High Contrast", workbench: "hc-black", webview: "vscode-high-contrast" },
	"high-contrast-light": { title: "Light High Contrast", workbench: "hc-light", webview: "vscode-high-contrast-light" },
} as const;

export type Theme = keyof typeof THEMES;

export const WIDE = { width: 1440, height: 900 };

/**
 * code-server registers a service worker for the whole site, only to be installable as an app. When it comes to control
 * the frame of a webview before the webview's own worker does, the webview waits for ever.
 */
function withoutPageWorker(): void {
	const register = ServiceWorkerContainer.prototype.register;
	ServiceWorkerContainer.prototype.register = function (script, options) {
		if (String(script).endsWith("/serviceWorker.js")) return Promise.reject(new Error("not in tests"));
		return register.call(this, script, options);
	};
}

/** VS Code around the extension: Explorer, commands, notifications, appearance. */
export class Workbench {
	readonly inspector: Inspector;
	readonly consoleLines: string[] = [];
	/** What the extension's pages in any window threw and nobody caught, since they were last taken. */
	private static pageErrors: string[] = [];

	private constructor(
		readonly page: Page,
		readonly server: CodeServer,
		readonly workspace: Workspace,
		private readonly devtools: CDPSession,
	) {
		this.inspector = new Inspector(page);
		page.on("console", (message) => this.consoleLines.push(`${message.type()}: ${message.text()}`));
		page.on("pageerror", ({ stack = "" }) => {
			// The editor's own pages throw too.
			if (stack.includes("/extensions/lamina.")) Workbench.pageErrors.push(stack);
		});
	}

	static async open(server: CodeServer, browser: Browser, workspace: Workspace): Promise<Workbench> {
		const context = await browser.newContext({ viewport: WIDE, permissions: ["clipboard-read", "clipboard-write"] });
		const page = await context.newPage();
		page.setDefaultTimeout(15_000);
		await page.addInitScript(withoutPageWorker);
		const devtools = await context.newCDPSession(page);
		const workbench = new Workbench(page, server, workspace, devtools);
		await workbench.reload();
		return workbench;
	}

	/** Closes the window, and forgets what its browser kept. */
	async close(): Promise<void> {
		await this.page.context().close();
	}

	/** Loads the window anew: another extension host, in which nothing is activated yet. */
	async reload(): Promise<void> {
		await this.page.goto(`${this.server.url}/?folder=${encodeURIComponent(this.workspace.folder)}`);
		await this.row("digits").waitFor();
	}

	/** A row of the Explorer. */
	row(name: string): Locator {
		return this.page.locator(".explorer-folders-view").getByRole("treeitem", { name, exact: true });
	}

	/** Shows a file of the workspace in the Explorer, and no folders but those it is in: names are found in one place. */
	async findInExplorer(...parts: string[]): Promise<Locator> {
		const explorer = this.page.locator(".explorer-folders-view");
		if (await explorer.locator(".monaco-list-row[aria-expanded=true]").count()) {
			await explorer.hover();
			await this.page.getByRole("button", { name: "Collapse Folders in Explorer" }).click();
			await explorer.locator(".monaco-list-row[aria-expanded=true]").first().waitFor({ state: "detached" });
		}
		for (const [index, folder] of parts.slice(0, -1).entries()) {
			const row = this.row(folder).nth(0);
			await row.waitFor();
			if ((await row.getAttribute("aria-expanded")) === "false") await row.click();
			await this.row(parts[index + 1]!)
				.first()
				.waitFor();
		}
		return this.row(parts.at(-1)!).first();
	}

	/** *Inspect Model* of the context menu; resolves when it has been clicked. */
	async inspectFromContextMenu(...parts: string[]): Promise<void> {
		const row = await this.findInExplorer(...parts);
		await row.click({ button: "right" });
		const item = this.page.getByRole("menuitem", { name: "Inspect Model" });
		// A menu takes no click in its first moments, in which it could be the end of the one that opened it.
		await item.click({ delay: 150 });
		await item.waitFor({ state: "detached" });
	}

	/** Opens a file with its default editor, as a double click does. */
	async openFromExplorer(...parts: string[]): Promise<void> {
		await (await this.findInExplorer(...parts)).dblclick();
	}

	/** All editors with their tabs, without the bars around them. */
	get editorArea(): Locator {
		return this.page.locator(".part.editor");
	}

	/** Lines of the text editor. */
	get code(): Locator {
		return this.page.locator(".monaco-editor .view-lines").first();
	}

	/** Rests the mouse on a piece of code. */
	async hoverCode(text: string): Promise<void> {
		const line = this.code.locator(".view-line").filter({ hasText: text }).first();
		const place = await line.evaluate((element, wanted) => {
			// Blanks of code are no-break spaces in the editor.
			const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
			const start = (element.textContent ?? "").indexOf(wanted);
			let passed = 0;
			for (let node = texts.nextNode(); node; node = texts.nextNode()) {
				const length = node.textContent?.length ?? 0;
				if (start < passed + length) {
					const range = document.createRange();
					range.setStart(node, start - passed);
					range.setEnd(node, Math.min(length, start - passed + 1));
					const { left, top, width, height } = range.getBoundingClientRect();
					return { x: left + width / 2, y: top + height / 2 };
				}
				passed += length;
			}
			throw new Error(`${wanted} is not in this line`);
		}, text);
		await this.page.mouse.move(place.x - 40, place.y + 200);
		await this.page.mouse.move(place.x, place.y, { steps: 3 });
	}

	/** The hover that is shown. */
	get hover(): Locator {
		return this.page.locator(".monaco-hover:not(.hidden) .monaco-hover-content:visible");
	}

	async command(title: string): Promise<void> {
		await this.page.keyboard.press("F1");
		const input = this.page.locator(".quick-input-widget input[type=text]");
		await input.fill(`>${title}`);
		const name = this.page.locator(".label-name").filter({ hasText: new RegExp(`^${title}$`) });
		await this.page.locator(".quick-input-list .monaco-list-row").filter({ has: name }).click();
	}

	/** Nothing open, the Explorer shown, the window as wide as ever: what every group of tests starts from. */
	async clear(): Promise<void> {
		await this.page.keyboard.press("Escape");
		await this.resize(WIDE.width, WIDE.height);
		await this.command("View: Show Explorer");
		await this.closeEditors();
	}

	async closeEditors(): Promise<void> {
		await this.command("View: Close All Editors");
		await this.page.locator("iframe.webview").first().waitFor({ state: "detached" });
		await this.page.locator(".editor-group-container.empty").first().waitFor();
	}

	notifications(): Locator {
		return this.page.locator(".notifications-toasts .notification-list-item");
	}

	/** Types where to save into the dialog of the editor. */
	async answerSaveDialog(file: string): Promise<void> {
		const input = this.page.locator(".quick-input-widget input[type=text]");
		await input.waitFor();
		await this.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
		await input.fill(file);
		await input.press("Enter");
		await input.waitFor({ state: "hidden" });
	}

	/** Types a path into the file dialog of the editor. */
	async answerFileDialog(file: string): Promise<void> {
		const input = this.page.locator(".quick-input-widget input[type=text]");
		// The dialog writes its folder into the box once it has read it.
		await this.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
		await input.fill(file);
		const rows = this.page.locator(".quick-input-list .monaco-list-row");
		await rows
			.filter({ hasText: path.basename(file) })
			.first()
			.waitFor();
		// An Enter while the dialog still reads the folder is taken for "go there": one presses it again.
		for (let attempt = 0; attempt < 5 && (await input.isVisible()); attempt++) {
			await input.press("Enter");
			await input.waitFor({ state: "hidden", timeout: 2000 }).catch(() => {});
		}
		await input.waitFor({ state: "hidden" });
	}

	/** Chooses a colour theme as a person does, and waits until the Inspector wears it. */
	async useTheme(theme: Theme): Promise<void> {
		const { title, workbench, webview } = THEMES[theme];
		await this.command("Preferences: Color Theme");
		const input = this.page.locator(".quick-input-widget input[type=text]");
		await this.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
		await input.fill(title);
		await this.page.locator(".quick-input-list .monaco-list-row.focused").filter({ hasText: title }).waitFor();
		await input.press("Enter");
		// The list previews its themes: the window wears one before the list is closed, which would take the next F1.
		await input.waitFor({ state: "hidden" });
		await this.page.locator(`.monaco-workbench.${workbench}`).waitFor();
		if (await this.page.locator("iframe.webview").count())
			await this.inspector.frame.locator(`body.${webview}`).waitFor();
	}

	/** Size of the window in CSS pixels at a zoom of the browser: 2 is 200 %, where half as much fits. */
	async resize(width: number, height: number, zoom = 1): Promise<void> {
		await this.page.setViewportSize({ width: Math.round(width / zoom), height: Math.round(height / zoom) });
		await this.devtools.send("Emulation.setDeviceMetricsOverride", {
			width: Math.round(width / zoom),
			height: Math.round(height / zoom),
			deviceScaleFactor: zoom,
			mobile: false,
		});
	}

	/** Shows or hides the side bar. */
	async toggleSideBar(): Promise<void> {
		await this.command("View: Toggle Primary Side Bar Visibility");
	}

	static takePageErrors(): string[] {
		const taken = Workbench.pageErrors;
		Workbench.pageErrors = [];
		return taken;
	}

	/** A picture of the window, or of a part of it from its top down, in test/artifacts/e2e. */
	async screenshot(name: string, part?: Locator, height = Number.POSITIVE_INFINITY): Promise<string> {
		const file = path.join(artifacts, "e2e", `${name}.png`);
		mkdirSync(path.dirname(file), { recursive: true });
		const box = await part?.boundingBox();
		const clip = box && { ...box, height: Math.min(box.height, height) };
		await this.page.screenshot({ path: file, animations: "disabled", ...(clip && { clip }) });
		return file;
	}
}
