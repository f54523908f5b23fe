const scratch = new DataView(new ArrayBuffer(4));

/** IEEE 754 binary16 bits as a number: subnormals, infinities and NaN included. */
export function float16ToNumber(bits: number): number {
	const sign = bits & 0x8000 ? -1 : 1;
	const exponent = (bits >> 10) & 0x1f;
	const fraction = bits & 0x3ff;
	if (exponent === 0) return sign * fraction * 2 ** -24;
	if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
	return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** bfloat16 bits as a number: the upper half of a float32. */
export function bfloat16ToNumber(bits: number): number {
	scratch.setUint32(0, bits << 16);
	return scratch.getFloat32(0);
}
