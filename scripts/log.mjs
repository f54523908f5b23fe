// One way of talking for all scripts: what is being done, while it is done.

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

let write = (line) => process.stdout.write(`${line}\n`);
let quiet = false;

/** For a program whose stdout belongs to its result. */
export function logToStderr() {
	write = (line) => process.stderr.write(`${line}\n`);
}

/** From now on only what goes wrong is said. */
export function onlyProblems() {
	quiet = true;
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
