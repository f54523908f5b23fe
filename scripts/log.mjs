// One way of talking for all scripts: what is being done, while it is done.

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

let write = (line) => process.stdout.write(`${line}\n`);
let quiet = false;

/** `lamina` prints nothing of its own: only what goes wrong, and that to stderr. */
export function onlyProblems() {
	quiet = true;
	write = (line) => process.stderr.write(`${line}\n`);
}

export const step = (text) => write(`${paint("36", ">")} ${text}`);
export const done = (text) => quiet || write(`${paint("32", "  ok")} ${text}`);
export const note = (text) => write(`     ${text}`);
export const warn = (text) => write(`${paint("33", "   !")} ${text}`);
export const fail = (text) => write(`${paint("31", "  no")} ${text}`);
export const plain = (text) => write(text);

export function seconds(since) {
	return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
