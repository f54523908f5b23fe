import * as vscode from "vscode";
import type { SourceRange } from "./source/types";

export function toRange(range: SourceRange): vscode.Range {
	return new vscode.Range(range.startLine, range.startColumn, range.endLine, range.endColumn);
}
