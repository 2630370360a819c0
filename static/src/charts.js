// Paints the charts of a page. Options are built by apps/common/charts.py; here colours are put in for their tokens,
// and the texts that Python wrote for the axis and the tooltip are shown. Nothing is computed.
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
import { resolveColours } from "./js/colours.js";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, TooltipComponent, CanvasRenderer]);

const NARROW = 480; // below this annotations are dropped: they would cover the line
const painted = new WeakMap();
const pen = document.createElement("canvas").getContext("2d");
const resized = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target)));

function tickText(texts) {
  return (value) => texts[String(Math.round(value * 1e6) / 1e6)] ?? "";
}

function tooltipText(points) {
  const shown = points.filter((point) => point.data?.text);
  if (!shown.length) return "";
  return [points[0].axisValueLabel, ...shown.map((point) => `${point.seriesName}  ${point.data.text}`)].join("\n");
}

function tooltip(css) {
  const token = (name) => css.getPropertyValue(name).trim();
  return {
    trigger: "axis", renderMode: "richText", confine: true, padding: [8, 12], formatter: tooltipText, // the HTML one writes inline styles
    backgroundColor: token("--surface"), borderColor: token("--line-2"), borderWidth: 1,
    axisPointer: { type: "line", lineStyle: { color: token("--line-2"), width: 1 } },
    textStyle: { color: token("--ink"), fontSize: 13, lineHeight: 21, fontFamily: token("--font") },
  };
}

function enlarge(option, scale) {
  option.textStyle.fontSize *= scale;
  for (const axis of [option.xAxis, option.yAxis]) if (axis.axisLabel?.fontSize) axis.axisLabel.fontSize *= scale;
  for (const series of option.series) {
    if (series.lineStyle) series.lineStyle.width *= scale;
    if (series.symbolSize) series.symbolSize *= scale;
    if (series.markPoint?.label?.fontSize) series.markPoint.label.fontSize *= scale;
  }
  if (option.legend) {
    option.legend.textStyle.fontSize *= scale;
    for (const size of ["itemWidth", "itemHeight", "itemGap"]) option.legend[size] *= scale;
    option.grid.top *= scale;
  }
}

// How much lower a chart begins where its legend takes more lines than one: ECharts breaks it, and draws over it.
function legendRoom({ legend, textStyle }, width) {
  if (!legend) return 0;
  pen.font = `${legend.textStyle.fontSize}px ${textStyle.fontFamily}`;
  let rows = 1;
  let at = 0;
  for (const { name } of legend.data) {
    const item = legend.itemWidth + 5 + pen.measureText(name).width;
    if (at && at + item > width - 10) [rows, at] = [rows + 1, 0];
    at += item + legend.itemGap;
  }
  return (rows - 1) * (legend.textStyle.fontSize + legend.itemGap);
}

function fit(element) {
  const { chart, option, top } = painted.get(element) ?? {};
  if (!chart) return;
  chart.resize();
  chart.setOption({ grid: { top: top + legendRoom(option, element.clientWidth) } });
}

function paint(element) {
  const css = getComputedStyle(document.documentElement);
  const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
  const narrow = element.clientWidth < NARROW;
  const option = resolveColours((narrow && data.narrow) || data.option, css);
  option.textStyle.fontFamily = css.getPropertyValue("--font").trim();
  for (const axis of [option.xAxis, option.yAxis]) if (axis.type === "value") axis.axisLabel.formatter = tickText(data.ticks);
  if (narrow) option.series.forEach((series) => delete series.markPoint);
  if (element.dataset.scale) enlarge(option, Number(element.dataset.scale));
  option.tooltip = tooltip(css);
  option.animation = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const top = option.grid.top;
  option.grid.top += legendRoom(option, element.clientWidth);
  const known = painted.get(element);
  const chart = known?.chart ?? echarts.init(element, null, { renderer: "canvas" });
  painted.set(element, { chart, option, top });
  if (!known) resized.observe(element);
  chart.setOption(option, true);
}

const all = () => document.querySelectorAll("[data-chart]").forEach(paint);
const fresh = () => document.querySelectorAll("[data-chart]").forEach((element) => painted.has(element) || paint(element));

all();
document.addEventListener("themechange", all);
document.addEventListener("htmx:after:swap", fresh);
