/** Canonical tables as CSV texts: every table and column. */
export const EVERY_TABLE = {
  requests: `request_id,user_id,app_id,submit_ms,run_ms,cpu_millis,memory_mib,gpu_millis,network_kbps,tier
r1,ann,vm,1000,500,2000,512,0,100,premium
r2,bob,job,1500,60000,500,128,1000,0,
r3,ann,job,1500,10,,,,,best-effort
`,
  apps: `app_id,cold_start_ms,resume_ms,cpu_millis,memory_mib,gpu_millis,network_kbps,shared,concurrency
vm,30000,5000,4000,1024,0,1000,false,1
job,2000,0,500,100,1000,0,true,4
unused,1,1,1,1,1,1,0,1
`,
  users: `user_id,tier,role,time_zone,permissions
bob,standard,staff,Europe/Berlin,job|unused
ann,premium,student,Asia/Tokyo,
`,
  nodes: `node_id,pool_id,cpu_millis,memory_mib,gpu_millis,network_kbps
n1,general,64000,262144,0,10000000
n2,gpu,64000,262144,8000,10000000
`,
  usage: `user_id,at_ms,window_ms,cpu_millis,memory_mib
ann,2000,1000,7,8
`,
  context: `at_ms,end_ms,kind,label,user_id
5,6,calendar,"exam, hall 1",ann
1,2,news,launch,
`,
};

/** One request with nothing but what must be there. */
export const ONE_REQUEST = "user_id,app_id,submit_ms,run_ms\nu,a,0,0\n";
