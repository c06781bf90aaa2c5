/** Point forecasts 1, 2, … steps ahead, and the bounds of each confidence level that was asked for. */
export interface Forecast {
  readonly mean: Float64Array;
  /** One array a level, in the order of the levels. NaN where the model gives no interval. */
  readonly lower: readonly Float64Array[];
  readonly upper: readonly Float64Array[];
}

export interface FitOptions {
  /** Points of each season, ascending; none for a series without. Models with one season take the shortest, MSTL takes all. */
  readonly seasons: readonly number[];
  /** Columns as long as the series, for models that take regressors. */
  readonly regressors?: readonly Float64Array[];
  /** Called every few milliseconds; throws where the fit is not wanted any more. */
  readonly checkInterrupt?: () => void;
}

/** A model that was fitted to one series. */
export interface FittedModel {
  /** As its authors write it: "ETS(A,Ad,N)", "ARIMA(1,1,1)(0,1,1)[12]". */
  readonly name: string;
  /** Parameters and criteria (alpha, sigma2, aicc …), for people. */
  readonly parameters: Readonly<Record<string, number>>;
  /** One-step-ahead fits of the points of the series; NaN where there is none. */
  readonly fitted: Float64Array;
  /** Seasonal, trend and other components by name, each as long as the series, where the model has them. */
  readonly components?: Readonly<Record<string, Float64Array>>;
  /** The models whose forecasts this one puts together, if it does. */
  readonly members?: readonly FittedModel[];
  /** @param levels of confidence, each above 0 and below 1. @param future regressors of the steps ahead. */
  forecast(horizon: number, levels: readonly number[], future?: readonly Float64Array[]): Forecast;
  /** The model after further points, its parameters unchanged: no search for them is made again. Absent where the model cannot. */
  update?(values: Float64Array): FittedModel;
  /** True where `fit(a).update(b)` is `fit(a followed by b)`, exactly. */
  readonly updatesExactly?: boolean;
}

/** A way to forecast. Its series has no NaN and is regular: gaps are filled before. */
export interface ForecastModel {
  readonly name: string;
  /** Fewest points it can be fitted to. */
  readonly minimum: (options: FitOptions) => number;
  /** Throws a RangeError with a sentence for people where the series does not allow it (a zero in a multiplicative model). */
  fit(series: Float64Array, options: FitOptions): FittedModel;
}
