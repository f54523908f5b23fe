import { css, html, LitElement, type PropertyValues } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { Picture } from "../../src/shared/protocol";
import { base } from "../styles/base";

/** An input as the model sees it. */
@customElement("lamina-picture")
export class PictureElement extends LitElement {
	static override styles = [
		base,
		css`
			:host {
				display: block;
			}
			canvas {
				display: block;
				width: 100%;
				height: 100%;
				object-fit: contain;
				image-rendering: pixelated;
			}
		`,
	];

	@property({ attribute: false }) picture: Picture | undefined;
	@property() label = "";
	@query("canvas") private canvas!: HTMLCanvasElement;

	override render() {
		return html`<canvas role=${this.label ? "img" : "presentation"} aria-label=${this.label}></canvas>`;
	}

	override updated(changed: PropertyValues<this>): void {
		if (!changed.has("picture") || !this.picture) return;
		const { width, height, rgba } = this.picture;
		this.canvas.width = width;
		this.canvas.height = height;
		this.canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(rgba), width, height), 0, 0);
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-picture": PictureElement;
	}
}
