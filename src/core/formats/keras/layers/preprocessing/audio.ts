import type { LayerTranslator } from "../../translator";
import { dataFormat, mainInput, real } from "../config";

const stftSpectrogram: LayerTranslator = {
	classes: ["STFTSpectrogram"],
	translate(ctx) {
		const { config } = ctx;
		const mode = String(config.mode ?? "log");
		const names = [...(mode === "imag" ? [] : ["real_kernel"]), ...(mode === "real" ? [] : ["imag_kernel"])];
		const attrs = {
			mode,
			frameStep: real(config.frame_step, Math.floor(real(config.frame_length, 256) / 2)),
			padding: config.padding ?? "valid",
			expandDims: config.expand_dims === true,
			dataFormat: dataFormat(config),
		};
		ctx.channels("last");
		return ctx.emit("StftSpectrogram", [mainInput(ctx)], attrs, ctx.variables(names));
	},
};

const melSpectrogram: LayerTranslator = {
	classes: ["MelSpectrogram"],
	translate(ctx) {
		const { config } = ctx;
		const fftLength = real(config.fft_length, 2048);
		const samplingRate = real(config.sampling_rate, 16000);
		ctx.channels("none");
		return ctx.emit("MelSpectrogram", [mainInput(ctx)], {
			fftLength,
			stride: real(config.sequence_stride, 512),
			frameLength: real(config.sequence_length, fftLength),
			window: config.window ?? "none",
			samplingRate,
			bands: real(config.num_mel_bins, 128),
			frequencies: [real(config.min_freq, 20), real(config.max_freq, samplingRate / 2)],
			exponent: real(config.mag_exp, 2),
			floorPower: real(config.min_power, 1e-10),
			referencePower: real(config.ref_power, 1),
			topDecibels: config.power_to_db === false ? undefined : real(config.top_db, 80),
		});
	},
};

export const audioLayers: readonly LayerTranslator[] = [stftSpectrogram, melSpectrogram];
