/// The description of the API (OpenAPI 3.1). Generated from docs/openapi.yaml by scripts/openapi.py.
enum OpenAPIDocument {
    /// The document as JSON.
    static let bytes = Array(Self.text.utf8)

    private static let text = #"""
        {"openapi":"3.1.0","info":{"title":"Terrarium","version":"1","description":"Runs Python tasks in sandboxed pro\#
        cesses. The service listens on a Unix socket; the host in a URL is ignored. docs/http-api.md describes the sam\#
        e API in prose. Every response has the header `X-Request-Id`; for a task it is the task's id.\n"},"servers":[{\#
        "url":"http://localhost"}],"paths":{"/v1/run":{"post":{"operationId":"run","summary":"Run a task and wait for \#
        its end.","requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas\#
        /RunRequest"}}}},"responses":{"200":{"description":"The task's outcome, whatever it is. With `Accept: applicat\#
        ion/x-ndjson` its events, one JSON object a line.\n","content":{"application/json":{"schema":{"$ref":"#/compon\#
        ents/schemas/RunResponse"}},"application/x-ndjson":{"schema":{"$ref":"#/components/schemas/Event"}}}},"400":{"\#
        $ref":"#/components/responses/Problem"},"413":{"$ref":"#/components/responses/Problem"},"415":{"$ref":"#/compo\#
        nents/responses/Problem"},"429":{"$ref":"#/components/responses/QueueFull"},"503":{"$ref":"#/components/respon\#
        ses/Problem"}}}},"/v1/check":{"post":{"operationId":"check","summary":"Check code against the policy; nothing \#
        runs.","description":"Takes what `/v1/run` takes, so that a task can be checked as it is. `mode` is what the h\#
        ints go by; `items` and `continue_on_fail` change nothing.\n","requestBody":{"required":true,"content":{"appli\#
        cation/json":{"schema":{"$ref":"#/components/schemas/RunRequest"}}}},"responses":{"200":{"description":"What t\#
        he policy refuses, and advice.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/CheckRes\#
        ponse"}}}},"400":{"$ref":"#/components/responses/Problem"},"413":{"$ref":"#/components/responses/Problem"},"41\#
        5":{"$ref":"#/components/responses/Problem"},"429":{"$ref":"#/components/responses/QueueFull"},"500":{"descrip\#
        tion":"The check ended without a result, such as when its worker was killed.","content":{"application/problem+\#
        json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},"503":{"$ref":"#/components/responses/Problem"},"50\#
        4":{"description":"The check did not finish within `timeout_ms`, or `TASK_TIMEOUT` where that is shorter.","co\#
        ntent":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}}}},"/v1/tasks":{"get":\#
        {"operationId":"listTasks","summary":"The tasks of the requesting user; for root and the service's user those \#
        of all users.","responses":{"200":{"description":"Tasks that wait or run.","content":{"application/json":{"sch\#
        ema":{"$ref":"#/components/schemas/TaskList"}}}}}}},"/v1/tasks/{id}":{"delete":{"operationId":"cancelTask","su\#
        mmary":"Cancel a task.","parameters":[{"name":"id","in":"path","required":true,"schema":{"$ref":"#/components/\#
        schemas/TaskID"}}],"responses":{"202":{"description":"It is being cancelled; the client that runs it gets the \#
        outcome.","content":{"application/json":{"schema":{"type":"object","required":["id"],"additionalProperties":fa\#
        lse,"properties":{"id":{"$ref":"#/components/schemas/TaskID"}}}}}},"404":{"$ref":"#/components/responses/Probl\#
        em"}}}},"/v1/history":{"get":{"operationId":"history","summary":"The tasks of the requesting user that ended l\#
        ast; for root and the service's user those of all users.","parameters":[{"name":"after","in":"query","descript\#
        ion":"Only tasks with a larger number.","schema":{"type":"integer","minimum":0,"maximum":18446744073709551615}\#
        },{"name":"failed","in":"query","description":"Only tasks that failed.","schema":{"type":"boolean"}},{"name":"\#
        limit","in":"query","description":"The most tasks; the newest are returned.","schema":{"type":"integer","minim\#
        um":1,"maximum":1000}}],"responses":{"200":{"description":"Oldest first.","content":{"application/json":{"sche\#
        ma":{"$ref":"#/components/schemas/History"}}}},"400":{"$ref":"#/components/responses/Problem"}}}},"/v1/reload"\#
        :{"post":{"operationId":"reload","summary":"Reload the configuration, for root and the service's user.","respo\#
        nses":{"200":{"description":"The new settings are in effect.","content":{"application/json":{"schema":{"$ref":\#
        "#/components/schemas/Reload"}}}},"403":{"$ref":"#/components/responses/Problem"},"422":{"description":"The co\#
        nfiguration cannot be used; the old one stays in force.","content":{"application/problem+json":{"schema":{"$re\#
        f":"#/components/schemas/Problem"}}}},"503":{"$ref":"#/components/responses/Problem"}}}},"/v1/info":{"get":{"o\#
        perationId":"info","summary":"Versions, policy, limits, layers of the sandbox, pool.","responses":{"200":{"des\#
        cription":"The state of the service.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/In\#
        fo"}}}}}}},"/v1/settings":{"get":{"operationId":"settings","summary":"All settings in force, for root and the \#
        service's user.","responses":{"200":{"description":"Every setting; the values of secrets are hidden.","content\#
        ":{"application/json":{"schema":{"$ref":"#/components/schemas/Settings"}}}},"403":{"$ref":"#/components/respon\#
        ses/Problem"}}}},"/v1/openapi.json":{"get":{"operationId":"openapi","summary":"This document as JSON.","respon\#
        ses":{"200":{"description":"OpenAPI 3.1.","content":{"application/json":{"schema":{"type":"object","required":\#
        ["openapi","info","servers","paths","components"],"additionalProperties":false,"properties":{"openapi":{"type"\#
        :"string"},"info":{"type":"object"},"servers":{"type":"array"},"paths":{"type":"object"},"components":{"type":\#
        "object"}}}}}}}}},"/healthz":{"get":{"operationId":"health","summary":"Whether the process runs.","responses":\#
        {"200":{"$ref":"#/components/responses/State"}}}},"/readyz":{"get":{"operationId":"readiness","summary":"Wheth\#
        er tasks are accepted.","responses":{"200":{"$ref":"#/components/responses/State"},"503":{"$ref":"#/components\#
        /responses/State"}}}},"/metrics":{"get":{"operationId":"metrics","summary":"Prometheus text.","responses":{"20\#
        0":{"description":"The text format, version 0.0.4.","content":{"text/plain":{"schema":{"type":"string"}}}}}}}}\#
        ,"components":{"responses":{"Problem":{"description":"The request was not carried out (RFC 9457).","content":{\#
        "application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},"QueueFull":{"description":"Th\#
        e queue is full, or the user has its share of the connections or of the memory for bodies.","headers":{"Retry-\#
        After":{"required":true,"schema":{"type":"integer","minimum":1}}},"content":{"application/problem+json":{"sche\#
        ma":{"$ref":"#/components/schemas/Problem"}}}},"State":{"description":"One word.","content":{"application/json\#
        ":{"schema":{"type":"object","required":["status"],"additionalProperties":false,"properties":{"status":{"type"\#
        :"string"}}}}}}},"schemas":{"TaskID":{"type":"string","pattern":"^[0-9a-f]{32}$"},"Count":{"type":"integer","m\#
        inimum":0},"Milliseconds":{"type":"number","minimum":0},"Mode":{"enum":["all_items","each_item"]},"RunRequest"\#
        :{"type":"object","required":["code"],"additionalProperties":false,"properties":{"code":{"type":"string","minL\#
        ength":1,"description":"The body of a function."},"items":{"type":"array","items":{"type":"object","descriptio\#
        n":"An item; without a `json` key the `json` of one."}},"mode":{"$ref":"#/components/schemas/Mode"},"continue_\#
        on_fail":{"type":"boolean"},"stream_items":{"type":"boolean","description":"With `each_item` and a stream of e\#
        vents, finished items are events and not in the result."},"timeout_ms":{"type":"integer","minimum":1,"descript\#
        ion":"TASK_TIMEOUT caps it."},"label":{"type":"string","maxLength":256,"pattern":"^[^\\x00-\\x1f\\x7f-\\x9f\\u\#
        061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*$"}}},"Item":{"type":"object","required":["json"],"propertie\#
        s":{"json":{"type":"object"},"binary":{"type":"object"},"pairedItem":{}}},"Outcome":{"enum":["succeeded","synt\#
        ax_error","policy_violation","python_error","invalid_result","timed_out","cancelled","memory_exceeded","output\#
        _exceeded","worker_died"]},"RunResponse":{"type":"object","required":["id","outcome","logs","logs_truncated","\#
        usage"],"additionalProperties":false,"properties":{"id":{"$ref":"#/components/schemas/TaskID"},"outcome":{"$re\#
        f":"#/components/schemas/Outcome"},"items":{"type":"array","items":{"$ref":"#/components/schemas/Item"}},"part\#
        ial_items":{"description":"In each-item mode, the items that were finished before the failure.","type":"array"\#
        ,"items":{"$ref":"#/components/schemas/Item"}},"error":{"$ref":"#/components/schemas/Error"},"logs":{"type":"a\#
        rray","items":{"$ref":"#/components/schemas/LogEntry"}},"logs_truncated":{"type":"boolean"},"usage":{"$ref":"#\#
        /components/schemas/Usage"}},"if":{"properties":{"outcome":{"const":"succeeded"}}},"then":{"required":["items"\#
        ],"properties":{"error":false,"partial_items":false}},"else":{"required":["error"],"properties":{"items":false\#
        }}},"LogEntry":{"type":"object","required":["stream","text"],"additionalProperties":false,"properties":{"strea\#
        m":{"enum":["stdout","stderr"]},"text":{"type":"string"}}},"Usage":{"type":"object","required":["queued_ms","w\#
        all_ms","cpu_ms","max_rss_bytes"],"additionalProperties":false,"properties":{"queued_ms":{"$ref":"#/components\#
        /schemas/Milliseconds"},"wall_ms":{"$ref":"#/components/schemas/Milliseconds"},"cpu_ms":{"$ref":"#/components/\#
        schemas/Milliseconds"},"max_rss_bytes":{"$ref":"#/components/schemas/Count"}}},"Error":{"type":"object","requi\#
        red":["message"],"additionalProperties":false,"properties":{"message":{"type":"string"},"type":{"type":"string\#
        "},"line":{"type":"integer","minimum":1},"column":{"type":"integer","minimum":1},"source_line":{"type":"string\#
        "},"traceback":{"type":"string"},"item_index":{"$ref":"#/components/schemas/Count"},"hint":{"type":"string"},"\#
        violations":{"type":"array","items":{"$ref":"#/components/schemas/Violation"}}}},"Violation":{"type":"object",\#
        "required":["rule","construct","line","column","message"],"additionalProperties":false,"properties":{"rule":{"\#
        type":"string"},"construct":{"type":"string"},"line":{"type":"integer"},"column":{"type":"integer"},"message":\#
        {"type":"string"},"hint":{"type":"string"}}},"CheckResponse":{"type":"object","required":["violations","hints"\#
        ],"additionalProperties":false,"properties":{"violations":{"type":"array","items":{"$ref":"#/components/schema\#
        s/Violation"}},"hints":{"type":"array","items":{"type":"object","required":["line","column","construct","messa\#
        ge"],"additionalProperties":false,"properties":{"line":{"type":"integer"},"column":{"type":"integer"},"constru\#
        ct":{"type":"string"},"message":{"type":"string"}}}}}},"Event":{"oneOf":[{"type":"object","required":["event",\#
        "id"],"additionalProperties":false,"properties":{"event":{"const":"accepted"},"id":{"$ref":"#/components/schem\#
        as/TaskID"}}},{"type":"object","required":["event","stream","text"],"additionalProperties":false,"properties":\#
        {"event":{"const":"log"},"stream":{"enum":["stdout","stderr"]},"text":{"type":"string"}}},{"type":"object","re\#
        quired":["event","items"],"additionalProperties":false,"properties":{"event":{"const":"items"},"items":{"type"\#
        :"array","items":{"$ref":"#/components/schemas/Item"}}}},{"type":"object","required":["event","done","total"],\#
        "additionalProperties":false,"properties":{"event":{"const":"progress"},"done":{"$ref":"#/components/schemas/C\#
        ount"},"total":{"$ref":"#/components/schemas/Count"}}},{"type":"object","required":["event","id","outcome","lo\#
        gs_truncated","usage"],"additionalProperties":false,"properties":{"id":{"$ref":"#/components/schemas/TaskID"},\#
        "outcome":{"$ref":"#/components/schemas/Outcome"},"items":{"type":"array","items":{"$ref":"#/components/schema\#
        s/Item"}},"partial_items":{"description":"In each-item mode, the items that were finished before the failure."\#
        ,"type":"array","items":{"$ref":"#/components/schemas/Item"}},"error":{"$ref":"#/components/schemas/Error"},"l\#
        ogs":{"type":"array","items":{"$ref":"#/components/schemas/LogEntry"}},"logs_truncated":{"type":"boolean"},"us\#
        age":{"$ref":"#/components/schemas/Usage"},"event":{"const":"result"}}}]},"TaskList":{"type":"object","require\#
        d":["tasks"],"additionalProperties":false,"properties":{"tasks":{"type":"array","items":{"type":"object","requ\#
        ired":["id","label","state","mode","peer_uid","age_ms"],"additionalProperties":false,"properties":{"id":{"$ref\#
        ":"#/components/schemas/TaskID"},"label":{"type":["string","null"]},"state":{"enum":["queued","running"]},"mod\#
        e":{"$ref":"#/components/schemas/Mode"},"peer_uid":{"$ref":"#/components/schemas/Count"},"age_ms":{"$ref":"#/c\#
        omponents/schemas/Milliseconds"},"cpu_ms":{"description":"The processor time so far of a task that runs, where\#
         the kernel tells.","allOf":[{"$ref":"#/components/schemas/Milliseconds"}]},"rss_bytes":{"description":"The re\#
        sident memory of a task that runs, where the kernel tells.","allOf":[{"$ref":"#/components/schemas/Count"}]}}}\#
        }}},"Info":{"type":"object","required":["version","python_version","policy","limits","sandbox","pool","load"],\#
        "additionalProperties":false,"properties":{"version":{"type":"string"},"python_version":{"type":["string","nul\#
        l"]},"policy":{"type":"object","required":["revision","stdlib_allow","external_allow","builtins_deny"],"additi\#
        onalProperties":false,"properties":{"revision":{"type":"string","description":"Equal for equal policies and li\#
        mits."},"stdlib_allow":{"$ref":"#/components/schemas/Names"},"external_allow":{"$ref":"#/components/schemas/Na\#
        mes"},"builtins_deny":{"$ref":"#/components/schemas/Names"}}},"limits":{"type":"object","required":["max_concu\#
        rrency","max_concurrency_per_user","queue_limit","max_payload_bytes","task_timeout_ms","memory_bytes","cpu_ms"\#
        ,"output_bytes","log_bytes","nesting"],"additionalProperties":{"$ref":"#/components/schemas/Milliseconds"}},"s\#
        andbox":{"type":"object","required":["mode","layers"],"additionalProperties":false,"properties":{"mode":{"enum\#
        ":["auto","strict"]},"layers":{"type":"array","items":{"type":"object","required":["name","active","detail"],"\#
        additionalProperties":false,"properties":{"name":{"type":"string"},"active":{"type":"boolean"},"detail":{"type\#
        ":"string"}}}}}},"pool":{"type":"object","required":["ready","warm_workers","starting_workers","running_worker\#
        s","fork_servers"],"properties":{"ready":{"type":"boolean"},"warm_workers":{"$ref":"#/components/schemas/Count\#
        "},"starting_workers":{"$ref":"#/components/schemas/Count"},"running_workers":{"$ref":"#/components/schemas/Co\#
        unt"},"fork_servers":{"$ref":"#/components/schemas/Count"}}},"load":{"type":"object","required":["ready","upti\#
        me_ms","running","waiting","n8n"],"additionalProperties":false,"properties":{"ready":{"type":"boolean","descri\#
        ption":"Whether tasks are accepted."},"uptime_ms":{"$ref":"#/components/schemas/Milliseconds"},"running":{"typ\#
        e":"integer","minimum":0,"description":"Tasks of all users that run."},"waiting":{"type":"integer","minimum":0\#
        ,"description":"Tasks of all users that wait for a slot."},"n8n":{"type":["object","null"],"required":["connec\#
        ted","registered","tasks"],"additionalProperties":false,"properties":{"connected":{"type":"boolean"},"register\#
        ed":{"type":"boolean","description":"Whether the task broker may send tasks."},"tasks":{"$ref":"#/components/s\#
        chemas/Count"}}}}}}},"History":{"type":"object","required":["tasks","last"],"additionalProperties":false,"prop\#
        erties":{"tasks":{"type":"array","items":{"type":"object","required":["number","id","label","mode","peer_uid",\#
        "outcome","ended_at_ms","usage"],"additionalProperties":false,"properties":{"number":{"type":"integer","minimu\#
        m":1,"description":"Counts the tasks that ended since the service started."},"id":{"$ref":"#/components/schema\#
        s/TaskID"},"label":{"type":["string","null"]},"mode":{"$ref":"#/components/schemas/Mode"},"peer_uid":{"$ref":"\#
        #/components/schemas/Count"},"outcome":{"$ref":"#/components/schemas/Outcome"},"ended_at_ms":{"type":"integer"\#
        ,"description":"Since 1970."},"usage":{"$ref":"#/components/schemas/Usage"},"error":{"type":"object","required\#
        ":["message"],"additionalProperties":false,"properties":{"message":{"type":"string","description":"The first l\#
        ine, at most 500 bytes."},"type":{"type":"string"},"line":{"type":"integer","minimum":1},"item_index":{"$ref":\#
        "#/components/schemas/Count"}}}}}},"last":{"$ref":"#/components/schemas/Count"}}},"Reload":{"type":"object","r\#
        equired":["changed","waiting_for_restart","overridden_by_environment","policy_revision"],"additionalProperties\#
        ":false,"properties":{"changed":{"$ref":"#/components/schemas/Names"},"waiting_for_restart":{"$ref":"#/compone\#
        nts/schemas/Names"},"overridden_by_environment":{"$ref":"#/components/schemas/Names"},"policy_revision":{"type\#
        ":"string"}}},"Settings":{"type":"object","required":["settings"],"additionalProperties":false,"properties":{"\#
        settings":{"type":"array","items":{"type":"object","required":["setting","value","from"],"additionalProperties\#
        ":false,"properties":{"setting":{"type":"string","description":"The name of the variable."},"value":{"type":"s\#
        tring"},"from":{"type":"string","description":"default, environment, or the file and its line."}}}}}},"Names":\#
        {"type":"array","items":{"type":"string"}},"Problem":{"type":"object","required":["type","title","status","det\#
        ail"],"additionalProperties":false,"properties":{"type":{"type":"string","pattern":"^urn:terrarium:problem:"},\#
        "title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"field":{"type":"string"},"el\#
        ement":{"$ref":"#/components/schemas/Count"},"offset":{"$ref":"#/components/schemas/Count"}}}}}}

        """#
}
