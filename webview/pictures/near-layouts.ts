import { FlowLayout } from "@lit-labs/virtualizer/layouts/flow.js";
import { GridLayout } from "@lit-labs/virtualizer/layouts/grid.js";
import type { VirtualizeDirectiveConfig } from "@lit-labs/virtualizer/virtualize.js";

export type Layout = NonNullable<VirtualizeDirectiveConfig<unknown>["layout"]>;

/**
 * How far beyond what is in sight items exist, in CSS pixels. The library's 1,000 make hundreds of canvases for a grid of
 * small tiles, and scrolling pays for each.
 */
const OVERHANG = 240;

class NearGrid extends GridLayout {
	protected override _overhang = OVERHANG;
}

class NearFlow extends FlowLayout {
	protected override _overhang = OVERHANG;
}

/** Tiles of one size, in rows from the left. */
export const nearGrid = (width: number, height: number, gap: number, padding: number): Layout =>
	({
		type: NearGrid,
		itemSize: { width: `${width}px`, height: `${height}px` },
		gap: `${gap}px`,
		padding: `${padding}px`,
		justify: "start",
	}) as unknown as Layout;

/** Rows, one below the other. */
export const nearFlow = (): Layout => ({ type: NearFlow }) as unknown as Layout;
