import { PUBLIC_TRACES } from "../catalogue.ts";

const GENAI = PUBLIC_TRACES["alibaba-genai-2026"];

/** Mappings of public data sets that need nothing but other names and units, by name: `--mapping builtin:NAME`. */
export const BUILTIN_MAPPINGS: Readonly<Record<string, string>> = {
  "genai-2026": `source:
  license: ${JSON.stringify(GENAI.license)}
  citation: ${JSON.stringify(GENAI.citation)}
  homePage: ${JSON.stringify(GENAI.homePage)}
requests:
  file: lora_request_trace.csv
  keep: { predict_status: [SUCCEED, FAILED, PROCESSING] }  # the others wait: they never ran
  columns:
    user_id: groupId
    app_id: checkpoint_model_version_id
    submit_ms: { column: gmt_create, unit: datetime }
    run_ms: { column: exec_time_seconds, unit: s }
    gpu_millis: { constant: 1000 }
`,
};
