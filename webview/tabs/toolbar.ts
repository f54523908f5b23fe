import { html } from "lit";
import { COLORMAPS, type ColormapId } from "../../src/shared/colormap";

/** One of a few, side by side. A radio group: arrow keys move and choose. */
export function segments<Id extends string>(
	label: string,
	options: readonly { id: Id; title: string; help?: string }[],
	chosen: Id,
	choose: (id: Id) => void,
) {
	const onKey = (event: KeyboardEvent) => {
		const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
		if (!step) return;
		event.preventDefault();
		const at = options.findIndex(({ id }) => id === chosen);
		const next = (at + step + options.length) % options.length;
		const group = event.currentTarget as HTMLElement;
		choose(options[next]!.id);
		group.querySelectorAll<HTMLElement>("button")[next]?.focus();
	};
	// No label element: it would give its text as the name to the first button.
	return html`<span class="field"
		><span aria-hidden="true">${label}</span>
		<span class="segments" role="radiogroup" aria-label=${label} @keydown=${onKey}>
			${options.map(
				({ id, title, help }) => html`<button
					role="radio"
					aria-checked=${id === chosen}
					tabindex=${id === chosen ? 0 : -1}
					title=${help ?? title}
					@click=${(event: Event) => {
						event.preventDefault();
						choose(id);
					}}
				>
					${title}
				</button>`,
			)}
		</span></span
	>`;
}

export function select<Id extends string>(
	label: string,
	options: readonly { id: Id; title: string }[],
	chosen: Id,
	choose: (id: Id) => void,
) {
	return html`<label class="field"
		><span>${label}</span>
		<select
			aria-label=${label}
			.value=${chosen}
			@change=${(event: Event) => choose((event.target as HTMLSelectElement).value as Id)}
		>
			${options.map(({ id, title }) => html`<option value=${id} ?selected=${id === chosen}>${title}</option>`)}
		</select></label
	>`;
}

/** Colour maps that suit: diverging ones only where there is a sign. */
export function colourChoice(chosen: ColormapId, choose: (id: ColormapId) => void) {
	return select("Colours", COLORMAPS, chosen, choose);
}

export function slider(
	label: string,
	{ min, max, step, value, text }: { min: number; max: number; step: number; value: number; text: string },
	change: (value: number) => void,
) {
	return html`<label class="field"
		><span>${label}</span>
		<input
			type="range"
			aria-label=${label}
			aria-valuetext=${text}
			min=${min}
			max=${max}
			step=${step}
			.value=${String(value)}
			@input=${(event: Event) => change(Number((event.target as HTMLInputElement).value))}
	/></label>`;
}

export const SCALES = [
	{ id: "shared", title: "Shared", help: "One scale for all units: they can be compared." },
	{ id: "each", title: "Each", help: "Each unit on its own scale: faint ones become visible, but cannot be compared." },
] as const;
