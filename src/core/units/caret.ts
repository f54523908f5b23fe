/** An address with a caret below the first character of what is wrong in it, as syntax errors have it. */
export function caretAt(address: string, part: string): string {
	return `${address}\n${" ".repeat(Math.max(0, address.indexOf(part)))}^`;
}
