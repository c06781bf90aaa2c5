/**
 * Heat index in °C: how warm the air feels at this humidity, by the regression of Rothfusz with the adjustments of the US National Weather Service.
 *
 * @param temperature of the air in °C
 * @param humidity relative, in percent
 * @example round(iot.heat_index(32.2, 70), 1)
 */
export function heat_index(temperature: number, humidity: number): number {
  return ((heat_index_f((temperature * 9) / 5 + 32, humidity) - 32) * 5) / 9;
}

/**
 * Heat index in °F: how warm the air feels at this humidity, by the regression of Rothfusz (NWS Technical Attachment SR 90-23) with the adjustments of
 * the US National Weather Service for dry and for damp air. Below 80 °F the simpler formula after Steadman; below 40 °F the temperature itself.
 *
 * @param temperature of the air in °F
 * @param humidity relative, in percent
 * @example round(iot.heat_index_f(90, 70))
 */
export function heat_index_f(temperature: number, humidity: number): number {
  const t = temperature;
  const rh = humidity;
  if (t <= 40) return t;
  const simple = 0.5 * (t + 61 + (t - 68) * 1.2 + rh * 0.094);
  if (simple < 80) return simple;
  const regression =
    -42.379 +
    2.04901523 * t +
    10.14333127 * rh -
    0.22475541 * t * rh -
    0.00683783 * t * t -
    0.05481717 * rh * rh +
    0.00122874 * t * t * rh +
    0.00085282 * t * rh * rh -
    0.00000199 * t * t * rh * rh;
  if (rh < 13 && t >= 80 && t <= 112) return regression - ((13 - rh) / 4) * Math.sqrt((17 - Math.abs(t - 95)) / 17);
  if (rh > 85 && t >= 80 && t <= 87) return regression + ((rh - 85) / 10) * ((87 - t) / 5);
  return regression;
}

/**
 * Dew point in °C: the temperature at which this air begins to drip, by the Magnus formula with Sonntag's constants (17.62, 243.12 °C), good from -45 to
 * 60 °C. NULL where the humidity is not above 0.
 *
 * @param temperature of the air in °C
 * @param humidity relative, in percent
 * @example round(iot.dew_point(25, 10), 2)
 */
export function dew_point(temperature: number, humidity: number): number | null {
  if (!(humidity > 0)) return null;
  const h = Math.log(humidity / 100) + (17.62 * temperature) / (243.12 + temperature);
  return (243.12 * h) / (17.62 - h);
}
