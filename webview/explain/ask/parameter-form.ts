import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { MethodDescription, ParameterDescription, ParameterValue } from "../../../src/shared/methods";
import type { ChosenMethod } from "../../state/view-state";
import { base, controls } from "../../styles/base";
import { checkParameter, parameterTitle } from "./parameters";

type TextParameter = Extract<ParameterDescription, { type: "text" | "file" }>;

const isText = (parameter: ParameterDescription): parameter is TextParameter =>
	parameter.type === "text" || parameter.type === "file";

/** A form made of what a method tells of its parameters; it gives away valid values only. */
@customElement("lamina-parameter-form")
export class ParameterForm extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				display: block;
			}
			form {
				display: grid;
				grid-template-columns: minmax(0, auto) minmax(0, 1fr);
				gap: 4px 10px;
				align-items: center;
			}
			label {
				color: var(--muted);
				overflow: hidden;
				text-overflow: ellipsis;
			}
			select,
			input:not([type="checkbox"]) {
				width: 100%;
			}
			.problem,
			.end {
				grid-column: 1 / -1;
			}
			.end {
				display: flex;
				justify-content: flex-end;
				gap: 8px;
				padding-top: 4px;
			}
			.problem {
				font-size: var(--small);
			}
		`,
	];

	@property({ attribute: false }) method!: MethodDescription;
	@property({ attribute: false }) chosen!: ChosenMethod;
	/** Layers that a map can be asked for at. */
	@property({ attribute: false }) places: readonly string[] = [];
	/** A dialog for parameters that are files. */
	@property({ attribute: false }) chooseFile: ((title: string) => Promise<string | undefined>) | undefined;
	/** As typed; absent where nothing was. */
	@state() private typed: Readonly<Record<string, string | boolean>> = {};
	@state() private at: string | undefined;

	override render() {
		return html`<form aria-label=${`Parameters of ${this.method.title}`} novalidate @submit=${this.apply}>
			${this.renderPlace()} ${this.method.parameters.map((parameter) => this.renderParameter(parameter))}
			<div class="end">
				<button class="plain" type="button" @click=${this.reset}>Defaults</button>
				<vscode-button ?disabled=${this.problems.length > 0} @click=${this.apply}>Run</vscode-button>
			</div>
		</form>`;
	}

	private renderPlace() {
		if (this.method.at === "none") return nothing;
		const usual = { input: "the input", "last-spatial": "the last layer with a map", required: "", none: "" }[
			this.method.at
		];
		const chosen = this.at ?? this.chosen.at ?? "";
		const options = ["input", ...this.places];
		return html`<label for="at">map at</label>
			<select
				id="at"
				title="Layer that the map is made at"
				@change=${(event: Event) => {
					this.at = (event.target as HTMLSelectElement).value;
				}}
			>
				<option value="" ?selected=${chosen === ""}>${usual}</option>
				${options.map((place) => html`<option value=${place} ?selected=${place === chosen}>${place}</option>`)}
			</select>`;
	}

	private renderParameter(parameter: ParameterDescription) {
		const id = `parameter-${parameter.name}`;
		const value = this.typed[parameter.name] ?? this.chosen.parameters[parameter.name] ?? parameter.default;
		const checked = checkParameter(parameter, typeof value === "number" ? String(value) : value);
		const problem = "problem" in checked ? checked.problem : undefined;
		const control = this.renderControl(parameter, id, value, problem);
		return html`<label for=${id} title=${parameter.help}>${parameterTitle(parameter)}</label>
			${
				parameter.type === "file" && this.chooseFile
					? html`<span class="row">${control}<button class="plain" type="button" aria-label=${`Browse for ${parameterTitle(parameter)}`} @click=${() => this.browse(parameter)}>Browse…</button></span>`
					: control
			}
			${problem ? html`<span class="problem bad" id=${`${id}-problem`} role="alert">${problem}</span>` : nothing}`;
	}

	private renderControl(
		parameter: ParameterDescription,
		id: string,
		value: ParameterValue,
		problem: string | undefined,
	) {
		const type = (typed: string | boolean) => {
			this.typed = { ...this.typed, [parameter.name]: typed };
		};
		if (parameter.type === "boolean")
			return html`<input
				id=${id}
				type="checkbox"
				title=${parameter.help}
				.checked=${value === true}
				@change=${(event: Event) => type((event.target as HTMLInputElement).checked)}
			/>`;
		if (parameter.type === "choice" && parameter.other === undefined)
			return html`<select id=${id} title=${parameter.help} @change=${(event: Event) => type((event.target as HTMLSelectElement).value)}>
				${parameter.choices.map((choice) => html`<option value=${choice} ?selected=${choice === value}>${choice}</option>`)}
			</select>`;
		const words = isText(parameter) || parameter.type === "choice";
		return html`${
			parameter.type === "choice"
				? html`<datalist id=${`${id}-choices`}>${parameter.choices.map((choice) => html`<option value=${choice}></option>`)}</datalist>`
				: nothing
		}<input
			id=${id}
			type=${words ? "text" : "number"}
			list=${parameter.type === "choice" ? `${id}-choices` : nothing}
			step=${parameter.type === "integer" ? 1 : "any"}
			min=${"min" in parameter && parameter.min !== undefined ? parameter.min : nothing}
			max=${"max" in parameter && parameter.max !== undefined ? parameter.max : nothing}
			title=${parameter.help}
			placeholder=${isText(parameter) ? (parameter.placeholder ?? "") : parameter.type === "choice" ? (parameter.other ?? "") : ""}
			aria-invalid=${problem !== undefined}
			aria-describedby=${problem ? `${id}-problem` : nothing}
			.value=${String(value)}
			@input=${(event: Event) => type((event.target as HTMLInputElement).value)}
			@keydown=${(event: KeyboardEvent) => {
				if (event.key === "Enter") this.apply(event);
			}}
		/>`;
	}

	private get problems(): string[] {
		return this.method.parameters.flatMap((parameter) => {
			const typed = this.typed[parameter.name];
			const checked = typed === undefined ? undefined : checkParameter(parameter, typed);
			return checked && "problem" in checked ? [checked.problem] : [];
		});
	}

	protected override updated(changed: PropertyValues): void {
		if ((changed.has("typed") || changed.has("at")) && this.problems.length === 0)
			this.dispatchEvent(new CustomEvent("parameters-typed", { detail: this.draft() }));
	}

	/** What would be run. */
	private draft(): ChosenMethod {
		const parameters: Record<string, ParameterValue> = { ...this.chosen.parameters };
		for (const parameter of this.method.parameters) {
			const typed = this.typed[parameter.name];
			if (typed === undefined) continue;
			const checked = checkParameter(parameter, typed);
			if ("value" in checked) parameters[parameter.name] = checked.value;
		}
		const at = this.at ?? this.chosen.at;
		return { id: this.method.id, parameters, ...(at && { at }) };
	}

	private apply(event: Event): void {
		event.preventDefault();
		if (this.problems.length === 0) this.send(this.draft());
	}

	private async browse(parameter: ParameterDescription): Promise<void> {
		const file = await this.chooseFile?.(parameterTitle(parameter));
		if (file !== undefined) this.typed = { ...this.typed, [parameter.name]: file };
	}

	private reset(): void {
		this.typed = {};
		this.at = "";
		this.send({ id: this.method.id, parameters: {} });
	}

	private send(chosen: ChosenMethod): void {
		this.dispatchEvent(new CustomEvent("parameters-chosen", { detail: chosen }));
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-parameter-form": ParameterForm;
	}
}
