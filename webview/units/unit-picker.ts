import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import type { LaminaErrorData } from "../../src/shared/errors";
import { base, controls } from "../styles/base";
import { addressProblem, type UnitOption } from "./options";

/** A combo box for a unit: the best classes, whatever fits what is typed, or any address, checked as it is written. */
@customElement("lamina-unit-picker")
export class UnitPicker extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				display: inline-block;
				position: relative;
				min-width: 0;
				flex: 0 1 260px;
			}
			label.field {
				display: flex;
			}
			input {
				width: 100%;
			}
			.list {
				position: absolute;
				z-index: 20;
				top: calc(100% + 2px);
				inset-inline-start: 0;
				min-width: 100%;
				max-width: min(420px, 88vw);
				max-height: 320px;
				overflow-y: auto;
				color: var(--vscode-dropdown-foreground);
				background: var(--vscode-dropdown-listBackground, var(--vscode-dropdown-background));
				border: 1px solid var(--vscode-focusBorder);
				border-radius: 2px;
				box-shadow: 0 2px 8px var(--vscode-widget-shadow);
			}
			.option {
				display: flex;
				gap: 12px;
				padding: 3px 8px;
				cursor: pointer;
				border: 1px solid transparent;
			}
			.option .address {
				flex: 1 1 auto;
				font-family: var(--mono);
				font-size: var(--small);
				color: var(--muted);
			}
			.option:hover {
				background: var(--vscode-list-hoverBackground);
			}
			.option.active {
				background: var(--vscode-list-activeSelectionBackground);
				color: var(--vscode-list-activeSelectionForeground);
				border-color: var(--vscode-contrastActiveBorder, transparent);
			}
			.option.active .address {
				color: inherit;
			}
			.problem {
				position: absolute;
				z-index: 20;
				top: calc(100% + 2px);
				inset-inline-start: 0;
				min-width: 100%;
				width: max-content;
				max-width: min(480px, 88vw);
				padding: 6px 8px;
				background: var(--vscode-inputValidation-errorBackground);
				border: 1px solid var(--vscode-inputValidation-errorBorder);
			}
			.problem pre {
				margin: 4px 0 0;
				font-family: var(--mono);
				font-size: 12px;
				overflow-x: auto;
			}
		`,
	];

	@property() label = "Unit";
	/** Address of the chosen unit; absent: nothing is chosen. */
	@property() value: string | undefined;
	/** How the chosen unit is called: its label. */
	@property() title_ = "";
	/** Shown where nothing is chosen. */
	@property() nothing = "";
	@property({ attribute: false }) optionsFor: (typed: string) => UnitOption[] = () => [];
	@property({ attribute: false }) layers: readonly string[] = [];
	/** What the core said about the address. */
	@property({ attribute: false }) error: LaminaErrorData | undefined;
	@state() private typed: string | undefined;
	@state() private active = -1;
	@state() private problem: LaminaErrorData | undefined;
	@query("input") private input!: HTMLInputElement;

	override render() {
		const open = this.typed !== undefined;
		// What is wrong with an address takes the place of the suggestions until it is written on.
		const options = open && !this.problem ? this.options : [];
		const problem = this.problem ?? (open ? undefined : this.error);
		return html`<label class="field"
				><span>${this.label}</span>
				<input
					type="text"
					role="combobox"
					aria-label=${this.label}
					aria-expanded=${open}
					aria-controls="list"
					aria-autocomplete="list"
					aria-activedescendant=${open && this.active >= 0 ? `option-${this.active}` : nothing}
					aria-invalid=${problem !== undefined}
					autocomplete="off"
					spellcheck="false"
					placeholder=${this.nothing}
					title=${this.value ?? this.nothing}
					.value=${this.typed ?? this.title_}
					@focus=${() => this.input.select()}
					@click=${this.open}
					@input=${this.onInput}
					@keydown=${this.onKey}
					@blur=${this.close}
			/></label>
			${
				open && options.length > 0
					? html`<div class="list" role="listbox" id="list" aria-label=${`${this.label}: suggestions`}>
							${options.map((option, index) => this.renderOption(option, index))}
						</div>`
					: nothing
			}
			${
				problem && options.length === 0
					? html`<div class="problem" role="alert">
							${problem.message}${problem.where ? html`<pre>${problem.where}</pre>` : nothing}
						</div>`
					: nothing
			}`;
	}

	/** What may be chosen: nothing at all first. */
	private get options(): UnitOption[] {
		const typed = this.typed ?? "";
		const none = typed === "" ? [{ address: "", title: this.nothing, detail: "" }] : [];
		return [...none, ...this.optionsFor(typed)];
	}

	private renderOption(option: UnitOption, index: number) {
		return html`<div
			id=${`option-${index}`}
			role="option"
			aria-selected=${option.address === (this.value ?? "")}
			class=${classMap({ option: true, active: index === this.active })}
			@pointerdown=${(event: Event) => {
				event.preventDefault();
				this.choose(option.address);
			}}
		>
			<span class="ellipsis">${option.title}</span>
			<span class="address ellipsis">${option.address === option.title ? "" : option.address}</span>
			<span class="number muted">${option.detail}</span>
		</div>`;
	}

	private open(): void {
		this.typed ??= "";
		this.active = -1;
		void this.updateComplete.then(() => {
			if (this.typed === "") this.input.placeholder = this.title_ || this.nothing;
		});
	}

	private onInput(): void {
		this.typed = this.input.value;
		this.active = -1;
		this.problem = undefined;
	}

	private onKey(event: KeyboardEvent): void {
		const options = this.typed === undefined ? [] : this.options;
		switch (event.key) {
			case "ArrowDown":
			case "ArrowUp":
				if (this.typed === undefined) this.open();
				else {
					const step = event.key === "ArrowDown" ? 1 : -1;
					this.active = (this.active + step + options.length) % Math.max(1, options.length);
					void this.updateComplete.then(() =>
						this.renderRoot.querySelector(`#option-${this.active}`)?.scrollIntoView({ block: "nearest" }),
					);
				}
				break;
			case "Enter":
				if (this.active >= 0) this.choose(options[this.active]?.address ?? "");
				else if (this.typed !== undefined) this.choose(this.meant(this.typed, options));
				else this.open();
				break;
			case "Escape":
				if (this.typed === undefined) return;
				this.close();
				break;
			default:
				return;
		}
		event.preventDefault();
		event.stopPropagation();
	}

	/** A title that was written out means its unit; anything else is read as an address. */
	private meant(typed: string, options: readonly UnitOption[]): string {
		const titled = options.find(({ title }) => title.toLowerCase() === typed.trim().toLowerCase());
		return titled?.address ?? typed.trim();
	}

	private choose(address: string): void {
		const problem = address === "" ? undefined : addressProblem(address, this.layers);
		this.problem = problem;
		if (problem) {
			this.typed = address;
			this.active = -1;
			return;
		}
		this.typed = undefined;
		this.dispatchEvent(new CustomEvent("unit-chosen", { detail: address === "" ? undefined : address }));
	}

	private close(): void {
		this.typed = undefined;
		this.problem = undefined;
		this.active = -1;
		this.input.placeholder = this.nothing;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-unit-picker": UnitPicker;
	}
}
