// Call Verdigris from Mono or .NET Framework; run.sh generates the class BankPool from the WSDL.
using System;
using System.Linq;
using System.Text;
using System.Web.Services.Protocols;
using System.Xml;

class Client
{
    static void Main(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        var bank = new BankPool { Url = arguments[0] };

        // A search: rows with the types of the WSDL. The domain says which session servers may run it.
        var here = new RequestEnvironment { DomainName = arguments[1] };
        var search = new customerSearchFilters { LastName = "MÜLLER" };
        var rows = bank.customerSearch(here, null, search).Select(row =>
        {
            long number = row.Number.Value, accounts = row.Accounts.Value;
            return "{\"Number\": " + number + ", \"LastName\": " + Quoted(row.LastName)
                + ", \"FirstName\": " + Quoted(row.FirstName) + ", \"City\": " + Quoted(row.City)
                + ", \"Accounts\": " + accounts + "}";
        }).ToList();

        // What goes wrong comes as an exception with a number.
        var nowhere = new RequestEnvironment { DomainName = "nowhere" };
        var fault = ErrorOf(() => bank.customerSearch(nowhere, null, search));

        // The environment may also be a SOAP header.
        bank.environment = nowhere;
        var header = ErrorOf(() => bank.customerSearch(null, null, search));
        bank.environment = null;

        // A session of one's own: every call with its id runs in the same terminal.
        var session = bank.wsResourceCreate(here, null);
        var mine = new RequestEnvironment { SessionID = session };
        var affected = bank.transfer(mine, null, new transferFilters { FromAccount = 40000001 },
            new transferData { ToAccount = 40000002, Amount = 0.01m, Reference = "mono" });
        var order = bank.getModelVariables(mine, null).lastOrder;
        bank.wsResourceDestroy(mine, null);
        var gone = ErrorOf(() => bank.getModelVariables(mine, null));

        var mono = Type.GetType("Mono.Runtime")?.GetMethod("GetDisplayName",
            System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static);
        Console.WriteLine("{\"client\": " + Quoted("Mono " + mono?.Invoke(null, null)) + ", \"soap\": \"1.1\""
            + ", \"rows\": [" + string.Join(", ", rows) + "], \"fault\": " + fault + ", \"header\": " + header
            + ", \"session\": {\"id\": " + Quoted(session) + ", \"affected\": " + affected
            + ", \"order\": " + Quoted(order) + "}, \"gone\": " + gone + "}");
    }

    // The first error in the fault of a call: its number and its text.
    static string ErrorOf(Action call)
    {
        try
        {
            call();
        }
        catch (SoapException problem)
        {
            XmlNode error = problem.Detail.SelectSingleNode(".//error");
            return "{\"id\": " + int.Parse(error["id"].InnerText) + ", \"text\": " + Quoted(error["text"].InnerText) + "}";
        }
        throw new Exception("There was no fault.");
    }

    static string Quoted(string text)
    {
        return '"' + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + '"';
    }
}
