import type { InspectorHostApi, InspectorState, InspectorViewApi } from "../../src/shared/protocol";
import { connect } from "../../src/shared/rpc";
import type { KeptState } from "./kept-state";

/** What VS Code gives a webview. */
interface VsCodeApi {
	postMessage(message: unknown): void;
	getState(): KeptState | undefined;
	setState(state: KeptState): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The extension host behind the page, and the state that VS Code keeps for it over a reload. */
export interface Host {
	readonly api: InspectorHostApi;
	readonly kept: KeptState | undefined;
	keep(state: KeptState): void;
}

/** @param view what the host may tell; @throws ReferenceError outside of a webview */
export function connectHost(view: InspectorViewApi): Host {
	const editor = acquireVsCodeApi();
	const api = connect<InspectorHostApi, InspectorViewApi>(
		{
			post: (message) => editor.postMessage(message),
			listen: (receive) => {
				const listener = (event: MessageEvent) => receive(event.data);
				window.addEventListener("message", listener);
				return () => window.removeEventListener("message", listener);
			},
		},
		view,
	);
	return { api, kept: editor.getState(), keep: (state) => editor.setState(state) };
}

export type { InspectorState };
