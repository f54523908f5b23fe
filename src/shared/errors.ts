/**
 * Errors for the person who sees them: what was found, where, what was expected, what to do next.
 * They cross process borders as {@link LaminaErrorData}.
 */
export type ErrorCode =
	/** The call itself is wrong: an unknown option, a missing argument. */
	| "usage"
	/** The file cannot be read: damaged, incomplete, not the format it claims to be. */
	| "unreadable"
	/** The file is sound but holds something Lamina does not compute. */
	| "unsupported"
	/** An address, a shape, a parameter does not fit the model. */
	| "invalid"
	/** The computation itself failed. */
	| "failed"
	/** Stopped on request. */
	| "cancelled";

export interface LaminaErrorData {
	code: ErrorCode;
	/** One sentence: what was found and what was expected. */
	message: string;
	/** File, layer, byte offset, character: as near to the cause as is known. */
	where?: string;
	/** What to do next. */
	hint?: string;
}

/** Exit code of the command line for each error code. */
export const EXIT_CODES: Record<ErrorCode, number> = {
	usage: 2,
	invalid: 2,
	unreadable: 3,
	unsupported: 4,
	failed: 5,
	cancelled: 130,
};

export class LaminaError extends Error {
	override readonly name: string = "LaminaError";
	readonly code: ErrorCode;
	readonly where: string | undefined;
	readonly hint: string | undefined;

	constructor(data: LaminaErrorData, options?: { cause?: unknown }) {
		super(data.message, options);
		this.code = data.code;
		this.where = data.where;
		this.hint = data.hint;
	}

	toData(): LaminaErrorData {
		const data: LaminaErrorData = { code: this.code, message: this.message };
		if (this.where !== undefined) data.where = this.where;
		if (this.hint !== undefined) data.hint = this.hint;
		return data;
	}

	/** Any thrown thing as data; what is not a LaminaError becomes `failed`. */
	static from(thrown: unknown): LaminaErrorData {
		if (thrown instanceof LaminaError) return thrown.toData();
		const message = thrown instanceof Error ? thrown.message : String(thrown);
		return { code: "failed", message };
	}
}

/** The file is damaged, incomplete or not what it claims to be. */
export class UnreadableFileError extends LaminaError {
	constructor(message: string, where?: string, hint?: string, options?: { cause?: unknown }) {
		super({ code: "unreadable", message, ...(where && { where }), ...(hint && { hint }) }, options);
	}
}

/** The file is sound, but holds a layer, an op or a configuration that Lamina does not compute. */
export class UnsupportedError extends LaminaError {
	constructor(message: string, where?: string, hint?: string) {
		super({ code: "unsupported", message, ...(where && { where }), ...(hint && { hint }) });
	}
}

/** A parameter, an address or a shape does not fit. */
export class InvalidRequestError extends LaminaError {
	constructor(message: string, where?: string, hint?: string) {
		super({ code: "invalid", message, ...(where && { where }), ...(hint && { hint }) });
	}
}

export class CancelledError extends LaminaError {
	constructor() {
		super({ code: "cancelled", message: "The computation was cancelled." });
	}
}
