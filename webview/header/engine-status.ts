import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { EngineStatus } from "../../src/shared/protocol";
import { errorOf } from "../../src/shared/rpc";
import { formatBytes } from "../state/format";
import type { Inspector } from "../state/inspector";
import { Watch } from "../state/watch";
import { base, controls } from "../styles/base";

/** What computes: a quiet word, with the way to the faster engine where it is not there. */
@customElement("lamina-engine-status")
export class EngineStatusElement extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				display: inline-flex;
				gap: 8px;
				font-size: var(--small);
				color: var(--muted);
				white-space: nowrap;
			}
			.dot {
				display: inline-block;
				width: 7px;
				height: 7px;
				margin-inline-end: 5px;
				border: 1px solid currentColor;
				border-radius: 50%;
			}
			.dot.on {
				background: currentColor;
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		({ status }) => [status],
	);

	override render() {
		const { status } = this.inspector.state;
		if (!status) return nothing;
		const memory = status.memoryBytes > 0 ? `, ${formatBytes(status.memoryBytes)} in use` : "";
		const state = status.loaded ? `${status.title}${memory}` : `${status.title}; loaded when something is computed`;
		return html`<span title=${status.notice ? `${state}\n${status.notice}` : state}
				><span class="dot ${status.loaded ? "on" : ""}"></span>${NAMES[status.id]}</span
			>
			${
				status.id === "wasm" || status.id === "cpu"
					? html`<button class="link" title=${status.notice ?? "TensorFlow computes several times faster."} @click=${this.install}>
							Install native engine
						</button>`
					: nothing
			}`;
	}

	private install(): void {
		this.inspector.api.installNative().catch((thrown) => this.inspector.report(errorOf(thrown)));
	}
}

const NAMES: Record<EngineStatus["id"], string> = {
	session: "native engine",
	wasm: "WASM engine",
	cpu: "CPU engine",
	none: "no engine",
};

declare global {
	interface HTMLElementTagNameMap {
		"lamina-engine-status": EngineStatusElement;
	}
}
