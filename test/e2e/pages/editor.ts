import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../support/browser";
import { CodeServer } from "../../support/code-server";
import { artifacts, fromSetup, projectRoot } from "../../support/environment";
import { Workbench } from "./workbench";
import { Workspace } from "./workspace";

/** Every file of the suite works in the same editor: starting one takes longer than most tests. */
let workbench: Workbench | undefined;

export function editor(): Workbench {
	if (!workbench) throw new Error("the editor starts in a hook before the tests");
	return workbench;
}

/** Settings under which pictures are comparable, and nothing moves or pops up by itself. */
export const SETTINGS = {
	"workbench.colorTheme": "Default Dark Modern",
	"window.commandCenter": false,
	"workbench.layoutControl.enabled": false,
	"workbench.tips.enabled": false,
	"workbench.reduceMotion": "on",
	"chat.commandCenter.enabled": false,
	"explorer.compactFolders": false,
	"explorer.confirmDragAndDrop": false,
	"editor.minimap.enabled": false,
	"editor.hover.delay": 100,
	"files.simpleDialog.enable": true,
};

/** Another window on the same workspace, as if it were the first that is opened in this browser. */
export function anotherWindow(): Promise<Workbench> {
	if (!server || !browser || !workspace) throw new Error("the editor starts in a hook before the tests");
	return Workbench.open(server, browser, workspace);
}

let server: CodeServer | undefined;
let browser: Browser | undefined;
let workspace: Workspace | undefined;

before(async function () {
	this.timeout(120_000);
	server = await CodeServer.start({ name: "e2e", vsix: fromSetup("LAMINA_VSIX"), settings: SETTINGS });
	giveNativeEngine(server);
	browser = await launchBrowser();
	workspace = new Workspace();
	workbench = await Workbench.open(server, browser, workspace);
});

after(async function () {
	this.timeout(30_000);
	await browser?.close();
	await server?.stop();
	workspace?.remove();
});

afterEach("nothing that a page threw goes unheard", () => {
	assert.deepEqual(Workbench.takePageErrors(), []);
});

afterEach(async function () {
	if (this.currentTest?.state !== "failed" || !workbench) return;
	const name = this.currentTest.fullTitle().replace(/[^\w]+/g, "-");
	await workbench.screenshot(`failed/${name.slice(0, 120)}`);
	mkdirSync(artifacts, { recursive: true });
	writeFileSync(path.join(artifacts, "e2e-console.log"), `${workbench.consoleLines.join("\n")}\n`);
});

/** What *Install Native Engine* leaves in the extension's storage, without 400 MB being fetched and compiled once more. */
function giveNativeEngine({ folder }: CodeServer): void {
	const storage = path.join(folder, "data", "User", "globalStorage", "lamina.lamina");
	const built = path.join(projectRoot, "node_modules", "@tensorflow", "tfjs-node", "deps", "lib");
	if (!existsSync(built)) return;
	mkdirSync(storage, { recursive: true });
	symlinkSync(projectRoot, path.join(storage, "native"));
}
