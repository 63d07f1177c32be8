/** A public trace that an importer reads: what it is, whose, and where to get it. `prae datasets` prints these. */
export interface PublicTrace {
  readonly name: string;
  readonly what: string;
  readonly homePage: string;
  readonly license: string;
  readonly citation: string;
  /** What there is to download, in words. */
  readonly size: string;
  readonly get: string;
  /** How it is imported; FILES stands for what was downloaded. */
  readonly importWith: string;
}

const AZURE_FUNCTIONS_2019: PublicTrace = {
  name: "azure-functions-2019",
  what: "Invocations by the minute, run times and memory of a sample of Azure Functions apps, 14 days of July 2019",
  homePage: "https://github.com/Azure/AzurePublicDataset",
  license: "CC-BY 4.0 (Microsoft)",
  citation:
    "Shahrad et al., Serverless in the Wild: Characterizing and Optimizing the Serverless Workload at a Large Cloud Provider, USENIX ATC 2020",
  size: "14 days: a file of invocations and of run times a day, memory for 12 of them",
  get: "azurefunctions-dataset2019.tar.xz, which AzureFunctionsDataset2019.md of the home page links to; unpack it",
  importWith: "prae import azure-functions-2019 FOLDER --out TRACE",
};

const GOOGLE_2011: PublicTrace = {
  name: "google-2011",
  what: "Jobs of a Google cluster by user and logical name, with scheduling class, 29 days from 1 May 2011",
  homePage: "https://github.com/google/cluster-data",
  license: "CC-BY 4.0 (Google)",
  citation: "Reiss, Wilkes, Hellerstein, Google cluster-usage traces: format + schema, Google, 2011",
  size: "table job_events: 500 parts, about 90 MB compressed; 672,074 jobs of 933 users",
  get: "gsutil cp -r gs://clusterdata-2011-2/job_events FOLDER; a compact table of one row a job is read too",
  importWith: "prae import google-2011 FOLDER --out TRACE",
};

const BITBRAINS: PublicTrace = {
  name: "bitbrains",
  what: "CPU, memory and network use of 500 (Rnd) or 1,250 (fastStorage) VMs of business customers, every 300 s, 2013",
  homePage: "http://gwa.ewi.tudelft.nl/datasets/gwa-t-12-bitbrains",
  license: "research use with citation",
  citation:
    "Shen, van Beek, Iosup, Statistical Characterization of Business-Critical Workloads Hosted in Cloud Datacenters, CCGRID 2015",
  size: "a file a VM; Rnd: 3 months of 500, each about 500 MB unpacked; fastStorage: 1,250",
  get: "the archive GWA-T-12 of the home page; unpack it, a folder of one file a VM is one month",
  importWith: "prae import bitbrains FOLDER --out TRACE",
};

const SWF: PublicTrace = {
  name: "swf",
  what: "Any log of the Parallel Workloads Archive: jobs of shared supercomputers by user, with processors and run time",
  homePage: "https://www.cs.huji.ac.il/labs/parallel/workload/",
  license: "free with acknowledgement of the log's contributor and the archive",
  citation: "Feitelson, Tsafrir, Krakov, Experience with using the Parallel Workloads Archive, JPDC 2014",
  size: "by log; NASA-iPSC-1993-3.1-cln: 0.2 MB compressed, 18,239 jobs of 69 users",
  get: "a log's .swf.gz from its page in the archive",
  importWith: "prae import swf LOG.swf.gz --out TRACE",
};

const ALIBABA_OPENB_2023: PublicTrace = {
  name: "alibaba-openb-2023",
  what: "1,523 nodes with 6,212 GPUs and 8,152 pods of an Alibaba GPU cluster, 149 days; GPUs are shared by thousandths",
  homePage: "https://github.com/alibaba/clusterdata/tree/master/cluster-trace-gpu-v2023",
  license: "research or study (dataset repository)",
  citation:
    "Weng et al., Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent, USENIX ATC 2023",
  size: "1 MB",
  get: "the folder csv of the home page",
  importWith: "prae import alibaba-openb-2023 FOLDER --out TRACE",
};

const ALIBABA_GENAI_2026: PublicTrace = {
  name: "alibaba-genai-2026",
  what: "26,823 image-generation requests of 4,247 users on shared GPUs, with model and execution time, 23 days of 2024",
  homePage: "https://github.com/alibaba/clusterdata/tree/master/cluster-trace-v2026-GenAI",
  license: "research or study (dataset repository)",
  citation:
    "Lin et al., Understanding Diffusion Model Serving in Production: A Top-Down Analysis of Workload, Scheduling, and Resource Efficiency, SoCC 2025",
  size: "0.3 MB (lora_request_trace.csv)",
  get: "lora_request_trace.csv of the home page; leave it alone in a folder, .csv or .csv.gz",
  importWith: "prae import canonical FOLDER --mapping builtin:genai-2026 --default cold_start_ms=22700 --out TRACE",
};

const SERVEGEN: PublicTrace = {
  name: "servegen",
  what: "Request rates of 162 clients of a large language model over 14 days, and of 73 of another over one day, every 10 min",
  homePage: "https://github.com/alibaba/ServeGen",
  license: "Apache-2.0",
  citation:
    "Xiang et al., ServeGen: Workload Characterization and Generation of Large Language Model Serving in Production, arXiv 2505.09999",
  size: "4.4 MB compressed, as one table of pool, client, time and rate",
  get: "the clients' windows of the home page, as one CSV with the columns pool,client,t_s,rate_rps",
  importWith: "prae import timeseries client_rates_10min.csv.gz --mapping builtin:servegen --out TRACE",
};

/** By name, in the order in which they are listed. */
export const PUBLIC_TRACES = {
  "azure-functions-2019": AZURE_FUNCTIONS_2019,
  "google-2011": GOOGLE_2011,
  bitbrains: BITBRAINS,
  "alibaba-openb-2023": ALIBABA_OPENB_2023,
  "alibaba-genai-2026": ALIBABA_GENAI_2026,
  servegen: SERVEGEN,
  swf: SWF,
} as const satisfies Record<string, PublicTrace>;
