// The SVG charts of a report. Outcomes have different colours and different patterns, so that
// readers who do not see colours can tell them apart.
#include "report_chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "cli/text/time_text.h"

namespace callgate {

namespace {

// kLeast is the minimum height of a value above 0, so that the value is visible.
constexpr double kWidth = 1000, kHeight = 200, kLeast = 2;

struct Series {
  const char *id, *label;
  uint64_t OutcomeCounts::*count;
};
// The series in the order in which they are stacked, from the bottom up.
constexpr std::array<Series, 4> kSeries = {{{"ok", "ok", &OutcomeCounts::ok},
                                            {"failed", "failed", &OutcomeCounts::failed},
                                            {"denied", "denied", &OutcomeCounts::denied},
                                            {"open", "cancelled or open", &OutcomeCounts::open}}};

constexpr const char* kPatterns =
    "<defs>"
    "<pattern id=\"p-failed\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect class=\"b-failed\" width=\"8\" height=\"8\"/>"
    "<path class=\"p-line\" d=\"M0 0V8\"/></pattern>"
    "<pattern id=\"p-denied\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
    "<rect class=\"b-denied\" width=\"6\" height=\"6\"/><circle class=\"p-dot\" cx=\"3\" "
    "cy=\"3\" r=\"1\"/></pattern>"
    "<pattern id=\"p-open\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
    "<rect class=\"b-open\" width=\"6\" height=\"6\"/><path class=\"p-line\" d=\"M0 3H6\"/>"
    "</pattern></defs>";

std::string span_text(const ReportBucket& bucket) {
  const std::string begin = minute_text(bucket.begin), end = minute_text(bucket.end);
  const bool days = begin.substr(11) == "00:00" && end.substr(11) == "00:00";
  if (days && bucket.end - bucket.begin <= std::chrono::hours(25)) return begin.substr(0, 10);
  if (days) return begin.substr(0, 10) + " to " + end.substr(0, 10);
  return begin + " to " + end.substr(begin.substr(0, 10) == end.substr(0, 10) ? 11 : 0);
}

std::string counts_text(const OutcomeCounts& calls) {
  std::string text = grouped(calls.all(), "call");
  for (const Series& series : kSeries)
    if (calls.*series.count > 0)
      text += fmt::format(", {} {}", grouped(calls.*series.count), series.label);
  return text;
}

std::string bars(const std::vector<ReportBucket>& buckets, uint64_t most) {
  std::string svg;
  const double slot = kWidth / static_cast<double>(buckets.size());
  const double width = std::max(slot * 0.82, 1.0);
  for (size_t i = 0; i < buckets.size(); ++i) {
    const OutcomeCounts& calls = buckets[i].calls;
    if (calls.all() == 0) continue;
    svg += fmt::format("<g><title>{}: {}</title>", span_text(buckets[i]), counts_text(calls));
    double top = kHeight;
    for (const Series& series : kSeries) {
      const uint64_t count = calls.*series.count;
      if (count == 0) continue;
      const double share = static_cast<double>(count) / static_cast<double>(most);
      const double height = std::max(share * (kHeight - 4 * kLeast), kLeast);
      top -= height;
      svg += fmt::format(
          "<rect class=\"s-{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
          series.id, static_cast<double>(i) * slot + (slot - width) / 2, top, width, height);
    }
    svg += "</g>\n";
  }
  return svg;
}

std::string key(const OutcomeCounts& all) {
  std::string list = "<ul class=\"key\">\n";
  for (const Series& series : kSeries)
    if (all.*series.count > 0)
      list += fmt::format(
          "<li><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><rect class=\"s-{}\" width=\"16\" "
          "height=\"16\"/></svg>{}: {}</li>\n",
          series.id, series.label, grouped(all.*series.count));
  return list + "</ul>\n";
}

std::string chart_table(const std::vector<ReportBucket>& buckets) {
  std::string html =
      "<details>\n<summary>The same as a table</summary>\n<div class=\"scroll\" role=\"region\" "
      "aria-label=\"Calls over time\" tabindex=\"0\">\n<table>\n<thead><tr><th "
      "scope=\"col\">When</th>";
  for (const Series& series : kSeries)
    html += fmt::format("<th scope=\"col\" class=\"n\">{}</th>", series.label);
  html += "</tr></thead>\n<tbody>\n";
  for (const ReportBucket& bucket : buckets) {
    if (bucket.calls.all() == 0) continue;
    html += fmt::format("<tr><th scope=\"row\">{}</th>", span_text(bucket));
    for (const Series& series : kSeries)
      html += fmt::format("<td class=\"n\">{}</td>", grouped(bucket.calls.*series.count));
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n</details>\n";
}

}  // namespace

std::string report_chart(const std::vector<ReportBucket>& buckets) {
  if (buckets.empty()) return "<p>No calls in this period.</p>\n";
  uint64_t most = 1;
  OutcomeCounts all;
  const ReportBucket* peak = &buckets.front();
  for (const ReportBucket& bucket : buckets) {
    if (bucket.calls.all() > peak->calls.all()) peak = &bucket;
    most = std::max(most, bucket.calls.all());
    for (const Series& series : kSeries) all.*series.count += bucket.calls.*series.count;
  }
  return fmt::format(
             "<p class=\"ends\"><span>most: {}, {}</span></p>\n"
             "<svg class=\"chart\" role=\"img\" aria-labelledby=\"chart-title chart-desc\" "
             "viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\">\n"
             "<title id=\"chart-title\">Calls over time, by outcome</title>\n"
             "<desc id=\"chart-desc\">{} from {} to {}; {}.</desc>\n{}\n"
             "<path class=\"axis\" d=\"M0 {}H{}\"/>\n",
             grouped(most, "call"), span_text(*peak), kWidth, kHeight,
             grouped(buckets.size(), "bar"), minute_text(buckets.front().begin),
             minute_text(buckets.back().end), counts_text(all), kPatterns, kHeight, kWidth) +
         bars(buckets, most) + "</svg>\n" +
         fmt::format("<p class=\"ends\"><span>{}</span><span>{}</span></p>\n",
                     minute_text(buckets.front().begin), minute_text(buckets.back().end)) +
         key(all) + chart_table(buckets);
}

std::string report_meter(uint64_t part, uint64_t most) {
  return fmt::format(
      "<svg class=\"meter\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\"><rect width=\"100\" height=\"4\"/><rect width=\"{:.1f}\" "
      "height=\"4\"/></svg>",
      most == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(most));
}

}  // namespace callgate
