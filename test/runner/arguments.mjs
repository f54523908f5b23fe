/** `NAME [part of a file name ...] [-g pattern] [--all]`; what `--all` means is told in test/support/attributions.ts. */
export function parseArguments([suite, ...rest]) {
	const filters = [];
	let grep;
	while (rest.length > 0) {
		const word = rest.shift();
		if (word === "-g" || word === "--grep") grep = rest.shift();
		else if (word !== "--all") filters.push(word);
	}
	return { suite, filters, grep };
}
