import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Inspector } from "./inspector";
import type { ViewState } from "./view-state";

/** Draws its element anew when the chosen parts of the state have changed, and only then. */
export class Watch implements ReactiveController {
	private stop: (() => void) | undefined;
	private last: readonly unknown[] = [];

	constructor(
		private readonly host: ReactiveControllerHost,
		private readonly inspector: () => Inspector,
		private readonly parts: (state: ViewState, inspector: Inspector) => readonly unknown[],
	) {
		host.addController(this);
	}

	hostConnected(): void {
		const inspector = this.inspector();
		this.last = this.parts(inspector.state, inspector);
		this.stop = inspector.subscribe(() => {
			const next = this.parts(inspector.state, inspector);
			const same = next.length === this.last.length && next.every((part, index) => part === this.last[index]);
			this.last = next;
			if (!same) this.host.requestUpdate();
		});
	}

	hostDisconnected(): void {
		this.stop?.();
	}
}
