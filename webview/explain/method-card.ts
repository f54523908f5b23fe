import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import type { MethodDescription } from "../../src/shared/methods";
import { formatMilliseconds, formatSeconds } from "../state/format";
import type { Run } from "../state/runs";
import { base, controls, skeletons } from "../styles/base";
import { icons } from "../styles/icons";
import { describeParameters } from "./ask/parameters";
import { clampAspect, type DisplayOptions, type Shown } from "./display";
import { trustFacts } from "./trust/facts";
import "../pictures/colour-bar";
import "../pictures/map";

/** How far what is shown is; before anything is computed of the method itself, what it is. */
function stageOf({ result, progress }: Run, { edited, at }: Shown): string {
	if (result?.progress !== 0) return `partial, ${Math.round(progress * 100)} %`;
	return edited ? "not changed yet" : `first look, at ${at}`;
}

/** One method's answer on the contact sheet: waiting, growing, or there. */
@customElement("lamina-method-card")
export class MethodCard extends LitElement {
	static override styles = [
		base,
		controls,
		skeletons,
		css`
			:host {
				display: block;
				min-width: 0;
			}
			article {
				display: flex;
				flex-direction: column;
				border: 1px solid var(--line);
				border-radius: 4px;
				overflow: hidden;
			}
			article.chosen {
				border-color: var(--vscode-focusBorder);
				box-shadow: 0 0 0 1px var(--vscode-focusBorder);
			}
			header {
				display: flex;
				align-items: center;
				gap: 2px;
				padding: 3px 3px 3px 8px;
			}
			h3 {
				flex: 1 1 0;
			}
			.face {
				display: block;
				position: relative;
				width: 100%;
				aspect-ratio: 1;
				padding: 0;
				border: none;
				background: none;
				font: inherit;
				color: inherit;
				cursor: pointer;
			}
			.face:focus-visible {
				outline-offset: -2px;
			}
			.face lamina-map {
				position: absolute;
				inset: 0;
			}
			.face .skeleton {
				position: absolute;
				inset: 0;
				border-radius: 0;
			}
			.over {
				position: absolute;
				inset-inline: 0;
				bottom: 0;
				padding: 4px 8px;
				background: var(--surface);
				text-align: start;
				font-size: var(--small);
				overflow: hidden;
				text-overflow: ellipsis;
				white-space: nowrap;
			}
			.message {
				position: absolute;
				inset: 0;
				padding: 10px;
				overflow: auto;
				text-align: start;
				font-size: var(--small);
				line-height: 1.45;
			}
			.track {
				height: 3px;
				background: var(--vscode-toolbar-hoverBackground);
			}
			.track.idle {
				background: none;
			}
			.track div {
				height: 100%;
				background: var(--vscode-progressBar-background);
			}
			footer {
				display: flex;
				align-items: center;
				justify-content: space-between;
				gap: 8px;
				min-height: 26px;
				padding: 2px 8px;
				font-size: var(--small);
				color: var(--muted);
			}
			footer button {
				min-height: 20px;
				padding: 0 6px;
			}
		`,
	];

	@property({ attribute: false }) method!: MethodDescription;
	@property({ attribute: false }) run!: Run;
	@property({ attribute: false }) shown: Shown | undefined;
	@property({ attribute: false }) options!: DisplayOptions;
	@property({ type: Boolean }) chosen = false;
	/** Runs are changed in place: another version draws the card anew. */
	@property({ type: Number }) version = 0;

	override render() {
		const { method, run } = this;
		const changed = describeParameters(run.request.parameters);
		return html`<article class=${classMap({ chosen: this.chosen })} aria-label=${method.title} aria-busy=${run.state === "running"}>
			<header>
				<h3 class="ellipsis" title=${`${method.title}: ${method.answers}${changed ? `\n${changed}` : ""}`}>${method.title}</h3>
				${this.renderButton("Remove", icons.close, "remove")}
			</header>
			<button class="face" aria-pressed=${this.chosen} aria-label=${`Show ${method.title}`} @click=${() => this.tell("open")}>
				${this.renderFace()}
			</button>
			${this.renderProgress()}
			<footer class="number">${this.renderFoot()}</footer>
		</article>`;
	}

	private renderFace() {
		const { run, shown, options } = this;
		if (run.state === "failed" && run.error)
			return html`<div class="message" role="alert">
				<span class="bad">${run.error.message}</span>
				${run.error.hint ? html`<p class="muted">${run.error.hint}</p>` : nothing}
			</div>`;
		if (!shown) return html`<div class=${run.state === "cancelled" ? "" : "skeleton"}></div>`;
		return html`<lamina-map
				.map=${shown.map}
				.range=${shown.range}
				.colours=${shown.colours}
				.picture=${options.picture}
				.edited=${shown.edited}
				.opacity=${options.opacity}
				.blend=${options.blend}
				?smooth=${isCoarse(shown, options)}
				?whole=${isPictureLike(shown, options)}
			></lamina-map>
			${run.state !== "done" ? html`<div class="over">${stageOf(run, shown)}</div>` : nothing}`;
	}

	private renderProgress() {
		const { run } = this;
		// The track keeps its place, so that nothing jumps when the run begins and ends.
		if (run.state !== "running") return html`<div class="track idle"></div>`;
		const percent = Math.round(run.progress * 100);
		return html`<div class="track" role="progressbar" aria-label=${`${this.method.title} progress`} aria-valuenow=${percent} aria-valuemin="0" aria-valuemax="100">
			<div style="width:${percent}%"></div>
		</div>`;
	}

	private renderFoot() {
		const { run } = this;
		switch (run.state) {
			case "waiting":
				return html`<span>waiting</span>`;
			case "running": {
				const left = run.secondsLeft === undefined ? "" : `, ${formatSeconds(run.secondsLeft)} left`;
				return html`<span>${Math.round(run.progress * 100)} %${left}</span>
					<button class="plain" aria-label=${`Cancel ${this.method.title}`} @click=${() => this.tell("cancel")}>Cancel</button>`;
			}
			case "cancelled":
				return html`<span>cancelled</span>${this.renderAgain("Run again")}`;
			case "failed":
				return html`<span class="bad">failed</span>${this.renderAgain("Retry")}`;
			case "done": {
				const result = run.result;
				if (!result) return nothing;
				const gap = trustFacts(this.method, result).find(({ id }) => id === "completeness");
				return html`<span class=${gap?.isBad ? "bad" : ""} title=${gap?.help ?? ""}>gap ${gap?.value}</span>
					<span>${formatMilliseconds(result.provenance.milliseconds)}</span>`;
			}
		}
	}

	private renderAgain(text: string) {
		return html`<button class="plain" aria-label=${`${text}: ${this.method.title}`} @click=${() => this.tell("again")}>${text}</button>`;
	}

	private renderButton(name: string, icon: unknown, event: string) {
		return html`<button class="plain icon" aria-label=${`${name} ${this.method.title}`} title=${name} @click=${() => this.tell(event)}>
			${icon}
		</button>`;
	}

	private tell(what: string): void {
		this.dispatchEvent(new CustomEvent(`card-${what}`));
	}
}

/** A map coarser than the picture is interpolated: it may be drawn smoothly. */
export const isCoarse = ({ map, edited }: Shown, { picture }: DisplayOptions): boolean =>
	picture !== undefined && edited === undefined && map.width < picture.width;

/** Not so narrow or flat that nothing could be seen of it in its own proportion. */
function isPictureLike({ map }: Shown, { picture }: DisplayOptions): boolean {
	const { width, height } = picture ?? map;
	return clampAspect(width, height) === width / height;
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-method-card": MethodCard;
	}
}
