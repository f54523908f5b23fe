import * as vscode from "vscode";

/** The page of an Inspector: one script, nothing from outside, no inline script. */
export function inspectorPage(webview: vscode.Webview, extensionUri: vscode.Uri, title: string): string {
	const nonce = crypto.randomUUID();
	const script = webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, "dist", "webview", "inspector.js"));
	const policy = [
		"default-src 'none'",
		`script-src 'nonce-${nonce}'`,
		// Lit's style sheets are constructed, but the position of a virtual row is a style attribute.
		`style-src ${webview.cspSource} 'unsafe-inline'`,
		`img-src ${webview.cspSource} data: blob:`,
		`font-src ${webview.cspSource}`,
	].join("; ");
	return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
	<meta charset="utf-8">
	<meta http-equiv="Content-Security-Policy" content="${policy}">
	<meta name="viewport" content="width=device-width, initial-scale=1">
	<title>${title.replace(/[<>&"]/g, "")}</title>
</head>
<body>
	<lamina-inspector></lamina-inspector>
	<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
