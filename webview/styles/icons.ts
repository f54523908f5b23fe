import { type SVGTemplateResult, svg } from "lit";

/** Line drawings on a grid of 16, in the manner of the editor's own icons. Always beside a name or in a named button. */
const draw = (path: string): SVGTemplateResult =>
	svg`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${path} fill="none" stroke="currentColor" stroke-width="1.1" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

export const icons = {
	chevronDown: draw("M4 6l4 4 4-4"),
	chevronRight: draw("M6 4l4 4-4 4"),
	close: draw("M4 4l8 8M12 4l-8 8"),
	warning: draw("M8 2.2l6.2 11.3H1.8zM8 6.5v3.2M8 11.6v.2"),
	error: draw("M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"),
	info: draw("M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8zM8 7.3v4M8 4.8v.2"),
	goToLine: draw("M9.5 2.5h4v4M13.5 2.5L8 8M12 9.5v4H2.5V4h4"),
	pencil: draw("M2.5 13.5l.8-3.3 7.6-7.6 2.5 2.5-7.6 7.6zM9.4 4.1l2.5 2.5"),
	folder: draw("M1.8 12.8V3.4h4.1l1.4 1.7h6.9v7.7z"),
	copy: draw("M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3"),
	save: draw("M2.5 2.5h9l2 2v9h-11zM5 2.5v3.5h5.5V2.5M5 13.5V9.5h6v4"),
	cite: draw("M3 9.5h3.2v-3H3.6C3.6 4.8 4.6 4 6 3.8M9.4 9.5h3.2v-3H10c0-1.7 1-2.5 2.4-2.7"),
	gear: draw("M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 3v3M5.5 10v3"),
	plus: draw("M8 3v10M3 8h10"),
	layers: draw("M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3"),
	undo: draw("M3 6.5h6.5a3.5 3.5 0 010 7H6M3 6.5l3-3M3 6.5l3 3"),
	trash: draw("M3 4h10M6 4V2.5h4V4M4.2 4l.6 9.5h6.4l.6-9.5M6.7 6.5v4.5M9.3 6.5v4.5"),
	filter: draw("M2 3h12l-4.7 5.5V13L6.700 11.500V8.500z"),
	stop: draw("M4 4h8v8H4z"),
	retry: draw("M13 8a5 5 0 11-1.600-3.700M13 2v3h-3"),
	check: draw("M3 8.500l3.500 3.500L13 4.500"),
};
