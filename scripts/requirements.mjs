import { fail, note } from "./log.mjs";

/** Says plainly when this Node cannot do the work, before something obscure fails. */
export function checkNode() {
	const [major, minor] = process.versions.node.split(".").map(Number);
	if (major > 20 || (major === 20 && minor >= 19)) return true;
	fail(`Node ${process.versions.node} is too old: Lamina needs 20.19 or newer`);
	note("get it from https://nodejs.org, or with a version manager: nvm install 20");
	return false;
}
