import type { LaminaErrorData } from "../../src/shared/errors";
import { errorOf } from "../../src/shared/rpc";

/** Part of a layer's units: `offset` is the first one. */
export interface UnitPage {
	readonly offset: number;
	readonly total: number;
}

/** How long the same units are in sight before they are asked for. */
const REST_MS = 80;

/** Numbers of a page, about: 1 MB. */
const PAGE_NUMBERS = 1 << 18;

/** Units of a page, so that pages of small and of large pictures take about the same time. @param size numbers of one unit, where they are known */
export const pageSize = (size: number | undefined): number =>
	size === undefined ? 64 : Math.max(16, Math.min(512, Math.floor(PAGE_NUMBERS / Math.max(1, size))));

/**
 * The units of a layer, fetched page by page as they come into sight. The first page tells how many there are, and what
 * all of them are ordered and scaled by.
 */
export class UnitPages<Page extends UnitPage> {
	first: Page | undefined;
	error: LaminaErrorData | undefined;
	private readonly pages = new Map<number, Page>();
	private readonly asked = new Set<number>();
	private timer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		/** Units of a page. */
		readonly size: number,
		private readonly fetch: (offset: number, limit: number) => Promise<Page>,
		/** Called when something has come. */
		private readonly changed: () => void,
	) {
		this.ask(0);
	}

	/** The page that holds a unit, and the unit's place in it; `undefined` while it is fetched. */
	find(unit: number): { page: Page; place: number } | undefined {
		const page = this.pages.get(Math.floor(unit / this.size));
		return page && { page, place: unit - page.offset };
	}

	/** Pages that are there. */
	get loaded(): Page[] {
		return [...this.pages.values()];
	}

	/** These units are in sight. Those that are only scrolled past are not fetched. */
	want(units: readonly number[]): void {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => {
			for (const unit of units) this.ask(Math.floor(unit / this.size));
		}, REST_MS);
	}

	retry(): void {
		this.error = undefined;
		this.ask(0);
		this.changed();
	}

	private ask(number: number): void {
		if (this.asked.has(number)) return;
		this.asked.add(number);
		this.fetch(number * this.size, this.size).then(
			(page) => {
				this.pages.set(number, page);
				this.first ??= page;
				this.changed();
			},
			(thrown) => {
				// Asked again when it next comes into sight.
				this.asked.delete(number);
				this.error = errorOf(thrown);
				this.changed();
			},
		);
	}
}

/** Units in the order of their values, largest first; equal ones by index. */
export function orderBy(values: ArrayLike<number>): number[] {
	const rank = (value: number) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value);
	return Array.from({ length: values.length }, (_, unit) => unit).sort(
		(a, b) => rank(values[b]!) - rank(values[a]!) || a - b,
	);
}

export const inOrder = (count: number): number[] => Array.from({ length: count }, (_, unit) => unit);
