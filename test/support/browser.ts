import { type Browser, chromium } from "playwright-core";
import { fromSetup } from "./environment";

const FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--disable-dev-shm-usage",
];

export function launchBrowser(): Promise<Browser> {
	return chromium.launch({ executablePath: fromSetup("LAMINA_CHROMIUM"), headless: true, args: FLAGS });
}
