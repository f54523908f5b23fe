// Imports go one way: shared <- core <- compute, cli; shared <- host, shared <- webview.
// A type counts as an import here. Cycles are biome's (noImportCycles), which can tell a type from a value.

const only = (from, allowed, comment) => ({
	name: `${from.replace("src/", "")}-imports`,
	comment,
	severity: "error",
	from: { path: `^${from}/` },
	to: { path: "^(src|webview|test)/", pathNot: `^(${[from, ...allowed].join("|")})/` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
	forbidden: [
		only("src/shared", [], "shared is what crosses a process boundary; it knows nobody."),
		only("src/core", ["src/shared"], "core runs without an editor, in any process."),
		only("src/compute", ["src/core", "src/shared"], "compute serves the core to the extension host."),
		only("src/cli", ["src/core", "src/shared"], "the command line is the core without an editor."),
		only("src/host", ["src/shared"], "the extension host must survive a crash of the core: it asks compute."),
		only("webview", ["src/shared"], "a webview asks the host; it computes nothing."),
		{
			name: "extension-imports",
			comment: "extension.ts wires the features of host, nothing else.",
			severity: "error",
			from: { path: "^src/extension\\.ts$" },
			to: { path: "^(src|webview|test)/", pathNot: "^src/(host|shared)/" },
		},
		{
			name: "core-without-editor",
			comment: "core imports neither vscode nor anything made for the DOM.",
			severity: "error",
			from: { path: "^src/(core|shared|compute|cli)/" },
			to: { path: "^vscode$|node_modules/(lit|uplot|@vscode|@lit-labs|@types/vscode)/" },
		},
		{
			name: "webview-without-node",
			comment: "a webview is a web page: no Node module, no vscode API.",
			severity: "error",
			from: { path: "^webview/" },
			to: { dependencyTypes: ["core"] },
		},
		{
			name: "one-toolkit",
			comment: "webview/ui.ts is the one place that names the component toolkit.",
			severity: "error",
			from: { path: "^webview/", pathNot: "^webview/ui\\.ts$" },
			to: { path: "node_modules/@vscode/webview-ui-toolkit/" },
		},
		{
			name: "resolvable",
			comment: "an import that leads nowhere.",
			severity: "error",
			from: {},
			to: { couldNotResolve: true, pathNot: "^vscode$" },
		},
	],
	options: {
		doNotFollow: { path: "node_modules" },
		exclude: { path: "\\.d\\.ts$|^test/artifacts/" },
		parser: "swc",
		tsPreCompilationDeps: true,
		enhancedResolveOptions: {
			extensions: [".ts", ".js", ".mjs", ".cjs", ".json"],
			conditionNames: ["import", "require", "node", "default"],
			exportsFields: ["exports"],
		},
	},
};
